import type { Refusal } from '../../core/access/refusal.js'

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Prints a refusal and sets the exit code to 1. */
export function printRefusal({ message, remedy }: Refusal): void {
  process.stderr.write(`postern: ${message}. ${remedy}\n`)
  process.exitCode = 1
}

/** Prints rows in columns, each as wide as its widest cell. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}
