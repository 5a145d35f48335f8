import type { Readable } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import type { ReadRow } from '../../programs/load.js'

/** The known columns; another is an error, most likely a misspelt one of these. */
const COLUMNS = ['id', 'title', 'period_end', 'public', 'investigators']

type Cells = Readonly<Record<string, string>>

/**
 * Parses a CSV file into the rows of a bulk load. An empty cell is left out. A syntax error becomes the last row, with its
 * line and message.
 */
export async function* parseProgramsCsv(file: Readable): AsyncGenerator<ReadRow> {
  const parser = parse({ columns: header, bom: true, info: true, skip_empty_lines: true, trim: true })
  file.on('error', (error) => parser.destroy(error)).pipe(parser)
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Cells; info: Info }>)
      yield { line: info.lines, value: parseRow(record) }
  } catch (error) {
    if (!(error instanceof CsvError || error instanceof ColumnError)) throw error
    yield { line: error instanceof CsvError ? Number(error.lines) : 1, field: '', message: error.message }
  }
}

class ColumnError extends Error {}

function header(names: readonly string[]): string[] {
  const unknown = names.find((name) => !COLUMNS.includes(name))
  if (unknown !== undefined)
    throw new ColumnError(`there is no column ${unknown}: the columns are ${COLUMNS.join(', ')}`)
  if (!names.includes('id')) throw new ColumnError('there is no column id')
  return [...names]
}

function parseRow({ id, title, period_end, public: isPublic, investigators = '' }: Cells): unknown {
  return {
    id,
    ...(title && { title }),
    ...(period_end && { period_end }),
    ...(isPublic && { public: BOOLEANS.get(isPublic.toLowerCase()) ?? isPublic }),
    investigators: investigators
      .split(/[\s;,]+/)
      .filter(Boolean)
      .map(parseInvestigator),
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])

/** Parses `pi:ada` or `co-i:grace@example.org`. A missing role stays empty, which the load refuses: no role is assumed. */
function parseInvestigator(text: string): unknown {
  const colon = text.indexOf(':')
  const [role, name] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)]
  return { role, [name.includes('@') ? 'email' : 'username']: name }
}
