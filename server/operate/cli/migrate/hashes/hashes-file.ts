import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import { HASH_COLUMNS, type HashRow } from '../../../../core/token/foreign/hash-row.js'

/** A row of the file, and where it ends. */
export interface FileRow {
  readonly line: number
  readonly row: HashRow
}

/** The file as a whole cannot be read. */
export class UnreadableFile extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message)
  }
}

/**
 * Reads a table of hashes: CSV whose first line names the columns, or JSON lines, which begin with a brace.
 *
 * @throws UnreadableFile where it is neither, or has an unknown column
 */
export async function* readHashesFile(file: AsyncIterable<string | Buffer>): AsyncGenerator<FileRow> {
  const parts = file[Symbol.asyncIterator]()
  let start = ''
  for (let part = await parts.next(); !part.done; part = await parts.next()) {
    start += String(part.value)
    if (start.trim() !== '') break
  }
  const whole = Readable.from(withStart(start, parts), { objectMode: false })
  yield* /^[\s\uFEFF]*\{/.test(start) ? readJsonLines(whole) : readCsv(whole)
}

async function* withStart(start: string, rest: AsyncIterator<string | Buffer>): AsyncGenerator<string | Buffer> {
  yield start
  for (let part = await rest.next(); !part.done; part = await rest.next()) yield part.value
}

async function* readJsonLines(file: Readable): AsyncGenerator<FileRow> {
  let line = 0
  for await (const text of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    const trimmed = text.replace(/^\uFEFF/, '').trim()
    if (trimmed === '') continue
    const row = parseObject(trimmed)
    if (row === undefined) throw new UnreadableFile(line, 'it is no JSON object')
    knownColumns(Object.keys(row), line)
    yield { line, row }
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

async function* readCsv(file: Readable): AsyncGenerator<FileRow> {
  const columns = (names: string[]) => knownColumns(names, 1)
  const parser = parse({ columns, bom: true, info: true, skip_empty_lines: true, trim: true })
  file.on('error', (error) => parser.destroy(error)).pipe(parser)
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: HashRow; info: Info }>)
      yield { line: info.lines, row: record }
  } catch (error) {
    throw error instanceof CsvError ? new UnreadableFile(Number(error.lines), withoutText(error)) : error
  }
}

/** The parser's message quotes what it read, which may be a hash. */
function withoutText({ code }: CsvError): string {
  return code === 'CSV_RECORD_INCONSISTENT_COLUMNS'
    ? 'it has another number of cells than the first line'
    : `it is not CSV (${code})`
}

function knownColumns(names: readonly string[], line: number): string[] {
  const unknown = names.find((name) => !HASH_COLUMNS.some((each) => each === name))
  if (unknown !== undefined)
    throw new UnreadableFile(
      line,
      `there is no column ${unknown.slice(0, 40)}: the columns are ${HASH_COLUMNS.join(', ')}`,
    )
  return [...names]
}
