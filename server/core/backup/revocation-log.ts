import { parseInstant } from '../parse-instant.js'
import { type EpochSeconds, MINUTE } from '../time.js'
import { reductionOf, type TimedReduction } from './reductions.js'

/** A transaction is committed a while after its event was made; an act of so long before the backup may be missing from it. */
const COMMITTED_WITHIN = MINUTE

/** Reads a log of audit events, line by line: the journal of revocations, Postern's JSON log, or an export. */
export class RevocationLog {
  readonly #taken: EpochSeconds
  readonly #found: TimedReduction[] = []
  /** The times of its first and last line. */
  first: EpochSeconds | undefined
  last: EpochSeconds | undefined
  /** Numbers of the lines that are events and cannot be read. */
  readonly unreadable: number[] = []
  #lines = 0

  /** @param taken the moment of the backup: earlier acts are in it */
  constructor(taken: EpochSeconds) {
    this.#taken = taken
  }

  add(line: string): void {
    this.#lines++
    // A syslog server puts its own words before the event.
    const start = line.indexOf('{')
    const value = start === -1 ? undefined : parseJson(line.slice(start))
    if (value === undefined) {
      if (line.includes('postern.audit')) this.unreadable.push(this.#lines)
      return
    }
    const at = timeOf(value)
    if (at === undefined) return
    this.first = Math.min(at, this.first ?? at)
    this.last = Math.max(at, this.last ?? at)
    const reduction = reductionOf(value)
    if (reduction && reduction.at >= this.#taken - COMMITTED_WITHIN) this.#found.push(reduction)
  }

  /** What was taken away since the backup. */
  get found(): readonly TimedReduction[] {
    return this.#found
  }

  /** Whether it begins early enough to have all that was taken away since the backup. */
  get reachesBack(): boolean {
    return this.first !== undefined && this.first <= this.#taken
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function timeOf(value: unknown): EpochSeconds | undefined {
  const { '@timestamp': stamp, time } = value as { readonly '@timestamp'?: unknown; readonly time?: unknown }
  return parseInstant(stamp ?? time)
}
