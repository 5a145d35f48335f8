import { readFileSync } from 'node:fs'
import { CsvError, type Info, parse } from 'csv-parse/sync'
import {
  type AssignedNumber,
  compareNumber,
  NUMBER_COLUMNS,
  type NumberRow,
  readNumberRow,
} from '../../../../core/gafaelfawr/assigned-number.js'
import { GAFAELFAWR } from '../../../../core/gafaelfawr/source.js'
import { OperatorError } from '../../../../core/operator-error.js'
import { OPERATOR_ACTOR } from '../../../../core/token/history.js'
import type { Context } from '../../../../storage/context.js'
import type { Transaction } from '../../../../storage/postgres/client.js'
import { findNumbers, insertNumbers } from '../../../../storage/postgres/imports/assigned-numbers.js'
import { commit } from '../../../../storage/unit-of-work.js'
import type { Shell } from '../../shell.js'

interface NumberedLine {
  readonly line: number
  readonly number: AssignedNumber
}

/** The numbers of a file, and why its other lines are not taken. */
export interface NumbersFile {
  readonly lines: readonly NumberedLine[]
  readonly refused: readonly string[]
}

/** What became of a batch. */
interface Outcome {
  readonly added: readonly AssignedNumber[]
  readonly known: number
  readonly refused: readonly string[]
}

const NUMBERS_PER_BATCH = 500

/**
 * Reads the CSV of Firestore's numbers, and compares each line with those before it.
 *
 * @throws {OperatorError} where the file as a whole is none
 */
export function readNumbersFile(file: string): NumbersFile {
  const refused: string[] = []
  const lines: NumberedLine[] = []
  const before = { user: emptyNumbers(), group: emptyNumbers() }
  for (const { record, info } of parseFile(file)) {
    const number = readNumberRow(record)
    const verdict = typeof number === 'string' ? { why: number } : compareNumber(number, before[number.kind])
    if (typeof verdict === 'object') refused.push(`line ${info.lines}: ${verdict.why}`)
    if (typeof number === 'string' || verdict !== 'new') continue
    lines.push({ line: info.lines, number })
    before[number.kind].idOf.set(number.name, number.id)
    before[number.kind].nameOf.set(number.id, number.name)
  }
  return { lines, refused }
}

function emptyNumbers() {
  return { idOf: new Map<string, number>(), nameOf: new Map<number, string>() }
}

function parseFile(file: string): { record: NumberRow; info: Info }[] {
  const remedy = 'Nothing was imported. Correct --id-csv and try again.'
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new OperatorError(`${file} cannot be read: ${(error as Error).message}`, remedy)
  }
  const columns = (names: string[]) => {
    if (NUMBER_COLUMNS.every((each) => names.includes(each))) return names
    throw new OperatorError(`The first line of ${file} does not name the columns ${NUMBER_COLUMNS.join(', ')}.`, remedy)
  }
  try {
    return parse(text, { columns, bom: true, info: true, skip_empty_lines: true, trim: true })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new OperatorError(`Line ${error.lines} of ${file}: ${error.message}`, remedy)
  }
}

/** Imports UIDs and GIDs. Each batch is written as a whole; a number that stands here is never changed. */
export async function importNumbers(shell: Shell, context: Context, file: NumbersFile, dryRun: boolean): Promise<void> {
  const counts = { imported: 0, known: 0 }
  const refused = [...file.refused]
  for (let from = 0; from < file.lines.length; from += NUMBERS_PER_BATCH) {
    const batch = file.lines.slice(from, from + NUMBERS_PER_BATCH)
    const outcome = await (dryRun ? compare(context.postgres.prisma, batch) : importBatch(context, batch))
    counts.imported += outcome.added.length
    counts.known += outcome.known
    refused.push(...outcome.refused)
  }
  shell.print(`UIDs and GIDs: ${counts.imported} imported, ${counts.known} already there, ${refused.length} refused.`)
  if (refused.length > 0) shell.fail(...refused)
}

function importBatch(context: Context, batch: readonly NumberedLine[]): Promise<Outcome> {
  return commit(context, async (work) => {
    const outcome = await compare(work.db, batch)
    if (outcome.added.length === 0) return outcome
    await insertNumbers(work, outcome.added)
    const after = { source: GAFAELFAWR, numbers: outcome.added }
    work.record({ action: 'account.numbers', actor: { username: OPERATOR_ACTOR }, after })
    return outcome
  })
}

/** Compares a batch with what is here. */
async function compare(db: Transaction, batch: readonly NumberedLine[]): Promise<Outcome> {
  const known = await findNumbers(
    db,
    batch.map(({ number }) => number),
  )
  const verdicts = batch.map(({ line, number }) => ({
    line,
    number,
    verdict: compareNumber(number, known[number.kind]),
  }))
  return {
    added: verdicts.flatMap(({ number, verdict }) => (verdict === 'new' ? [number] : [])),
    known: verdicts.filter(({ verdict }) => verdict === 'known').length,
    refused: verdicts.flatMap(({ line, verdict }) =>
      typeof verdict === 'object' ? [`line ${line}: ${verdict.why}`] : [],
    ),
  }
}
