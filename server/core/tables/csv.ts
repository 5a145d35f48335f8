/** A table for a spreadsheet or a program: each row has a value for each column. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

/**
 * Writes a table as CSV, by RFC 4180.
 *
 * Attack: a text such as `=HYPERLINK(…)`, the name of a token, is a formula to a spreadsheet. An apostrophe before it makes it a
 * text.
 */
export function csvOf({ columns, rows }: Table): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** Returns the rows as objects, for JSON. */
export function objectsOf({ columns, rows }: Table): readonly Readonly<Record<string, string | number>>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? ''])))
}

const FORMULA = /^[=+\-@\t\r]/

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
