import type { Context } from '../storage/context.js'
import type { CheckOutcome } from './authorize.js'
import { type CheckedRequest, logOutcome } from './record-outcome.js'
import type { Of } from './response.js'

/** For how long the same refusal is counted before it is logged again. */
const PERIOD_MS = 1_000

/** The most refusals of a period that are told apart; the rest are counted by their code and service. */
const MAX_KINDS = 200

/** A refusal of this period. */
interface HeldRefusal {
  readonly outcome: Of<'refused'>
  readonly checked: CheckedRequest
  /** Those that have no line yet. */
  again: number
}

/**
 * Logs the outcomes of checks. The same refusal is logged when it first comes, and once more at the end of the second with how
 * often it came again.
 *
 * Attack: a client with a wrong secret has two lines written for each request, which cost more than the check, and fill the disk.
 */
export class RefusalLog {
  readonly #context: Pick<Context, 'log' | 'audit' | 'settings'>
  readonly #held = new Map<string, HeldRefusal>()

  constructor(context: Pick<Context, 'log' | 'audit' | 'settings'>) {
    this.#context = context
  }

  /** Logs an outcome, or counts it for the line to come. */
  note(outcome: CheckOutcome, checked: CheckedRequest): void {
    const { settings } = this.#context
    // Events that a site wants in the table are each one of their own.
    if (outcome.kind !== 'refused' || outcome.refusal.code === 'no_authorization' || settings.audit.checks)
      return void logOutcome(this.#context, outcome, checked)
    const kind = kindOf(outcome, checked)
    const known = this.#held.get(kind)
    if (known) this.#count(known)
    else if (this.#held.size < MAX_KINDS) this.#begin(kind, outcome, checked)
    else this.#count(this.#rest(outcome, checked))
  }

  /** Logs what was counted. */
  flush(): void {
    const held = [...this.#held.values()]
    this.#held.clear()
    for (const { outcome, checked, again } of held) if (again > 0) logOutcome(this.#context, outcome, checked, again)
  }

  #begin(kind: string, outcome: Of<'refused'>, checked: CheckedRequest): void {
    if (this.#held.size === 0) setTimeout(() => this.flush(), PERIOD_MS).unref()
    this.#held.set(kind, { outcome, checked: withoutRequestId(checked), again: 0 })
    logOutcome(this.#context, outcome, checked)
  }

  /** Counts one for the line to come, and for the alarm now. */
  #count(held: HeldRefusal): void {
    held.again++
    this.#context.audit.refusals.add(held.outcome.refusal.code)
  }

  /** Returns what stands for all further kinds of its code and service. */
  #rest({ refusal }: Of<'refused'>, { requirement }: CheckedRequest): HeldRefusal {
    const kind = `${refusal.code} ${requirement.service}`
    const known = this.#held.get(kind)
    if (known) return known
    const checked = { requirement, original: { missing: { early: [], late: [] } }, address: undefined }
    const rest: HeldRefusal = { outcome: { kind: 'refused', refusal }, checked, again: 0 }
    this.#held.set(kind, rest)
    return rest
  }
}

/** The kinds are told apart by all that a line has, besides the proxy's identifier of the one request. */
function kindOf({ refusal, by }: Of<'refused'>, { requirement, original, address }: CheckedRequest): string {
  const { url = '' } = original
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  return `${refusal.code}\n${by?.token.key}\n${by?.source}\n${address}\n${requirement.service}\n${original.method}\n${path}`
}

function withoutRequestId({ requirement, original, address }: CheckedRequest): CheckedRequest {
  return { requirement, original, address }
}
