import type { Readable } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import type { ReadRow } from '../../programs/load.js'

/** The columns of a table of programs; any other is a mistake, most likely in the name of one of these. */
const COLUMNS = ['id', 'title', 'period_end', 'public', 'investigators']

type Cells = Readonly<Record<string, string>>

/**
 * The rows of a CSV file, as a bulk load has them. A file that cannot be read to its end has its first mistake for its
 * last row; an empty cell says nothing.
 */
export async function* parseProgramsCsv(file: Readable): AsyncGenerator<ReadRow> {
  const parser = parse({ columns: header, bom: true, info: true, skip_empty_lines: true, trim: true })
  file.on('error', (error) => parser.destroy(error)).pipe(parser)
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Cells; info: Info }>)
      yield { line: info.lines, value: rowOf(record) }
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

function rowOf({ id, title, period_end, public: isPublic, investigators = '' }: Cells): unknown {
  return {
    id,
    ...(title && { title }),
    ...(period_end && { period_end }),
    ...(isPublic && { public: TRUTH.get(isPublic.toLowerCase()) ?? isPublic }),
    investigators: investigators
      .split(/[\s;,]+/)
      .filter(Boolean)
      .map(investigatorOf),
  }
}

const TRUTH: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])

/** `pi:ada`, `co-i:grace@example.org`. Without a role it is left to be named as a mistake: nobody becomes a PI by chance. */
function investigatorOf(text: string): unknown {
  const colon = text.indexOf(':')
  const [role, name] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)]
  return { role, [name.includes('@') ? 'email' : 'username']: name }
}
