import { Refusal } from '../core/access/refusal.js'
import type { AuditFacts } from '../core/audit/event.js'
import type { ProgramInput } from '../core/programs/history.js'
import type { Actor } from '../core/token/history.js'
import type { Context } from '../storage/context.js'
import { type LoadedPrograms, loadAll } from '../storage/postgres/programs/load.js'
import { changePrograms } from './cache.js'
import { parseProgramInput, programInput } from './schema.js'

/** A mistake in one row of a load. */
export interface BadRow {
  /** The line on which it is, from 1. */
  readonly line: number
  /** `investigators.0.email`; empty for the row as a whole. */
  readonly field: string
  readonly message: string
}

/** One row of a load before validation, or the reason why it cannot be read. */
export type ReadRow = { readonly line: number; readonly value: unknown } | BadRow

/** The mistakes of a load, for its sender to correct. It is no `Refusal`: each mistake has a line and a field of its own. */
export class InvalidRows {
  constructor(readonly mistakes: readonly BadRow[]) {}

  /** For the audit event: their number, and the first of them. */
  get facts(): AuditFacts {
    return { mistakes: this.mistakes.length, first: this.mistakes.slice(0, MAX_AUDITED) }
  }
}

/** The sender was told of all; an event has room for so many. */
const MAX_AUDITED = 20

/** Beyond so many mistakes there is one mistake: it is the wrong file. */
const MAX_MISTAKES = 100

/** Rows that are looked at before checks have their turn again. */
const WITHOUT_PAUSE = 500

/**
 * Loads programs, all or none: an invalid row is named, and nothing is changed. All rows are read before the first is
 * written, so that a slow sender holds no lock.
 *
 * @returns the mistakes by row; or a refusal, while another load is under way
 */
export async function loadPrograms(
  context: Context,
  rows: AsyncIterable<ReadRow>,
  actor: Actor,
): Promise<LoadedPrograms | InvalidRows | Refusal> {
  const programs = await readAll(rows)
  return programs instanceof InvalidRows ? programs : put(context, programs, actor)
}

/** Puts one program in place. */
export function putProgram(context: Context, program: ProgramInput, actor: Actor): Promise<LoadedPrograms | Refusal> {
  return put(context, [program], actor)
}

async function put(
  context: Context,
  programs: readonly ProgramInput[],
  actor: Actor,
): Promise<LoadedPrograms | Refusal> {
  const ids = programs.map(({ id }) => id)
  const loaded = await changePrograms(context, ids, () => loadAll(context, programs, actor, context.clock()))
  return loaded ?? new Refusal('programs_loading')
}

async function readAll(rows: AsyncIterable<ReadRow>): Promise<ProgramInput[] | InvalidRows> {
  const programs: ProgramInput[] = []
  const bad: BadRow[] = []
  const lines = new Map<string, number>()
  let count = 0
  for await (const row of rows) {
    if (++count % WITHOUT_PAUSE === 0) await new Promise((resolve) => setImmediate(resolve))
    const checked = check(row, lines)
    if (Array.isArray(checked)) bad.push(...checked)
    else programs.push(checked)
    if (bad.length >= MAX_MISTAKES) break
  }
  return bad.length > 0 ? new InvalidRows(bad.slice(0, MAX_MISTAKES)) : programs
}

function check(row: ReadRow, lines: Map<string, number>): ProgramInput | BadRow[] {
  if ('message' in row) return [row]
  const { line } = row
  const { success, data, error } = programInput.safeParse(row.value)
  if (!success) {
    return error.issues.flatMap(({ path, message, ...issue }) =>
      'keys' in issue
        ? issue.keys.map((key) => ({ line, field: [...path, key].join('.'), message: 'is no field of a program' }))
        : [{ line, field: path.join('.'), message }],
    )
  }
  const before = lines.get(data.id)
  if (before !== undefined) return [{ line, field: 'id', message: `${data.id} is on line ${before} already` }]
  lines.set(data.id, line)
  return parseProgramInput(data.id, data)
}
