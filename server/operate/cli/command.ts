import type { Refusal } from '../../core/access/refusal.js'
import type { Context } from '../../storage/context.js'

/** What a command does once the stores are open. */
export type StoreCommand = (context: Context) => Promise<void>

/** Opens the stores, runs the command on them, and closes them. */
export type Run = (command: StoreCommand) => Promise<void>

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Tells why a command did not do what it was asked to; the exit code says so too. */
export function sayRefused({ message, remedy }: Refusal): void {
  process.stderr.write(`postern: ${message}. ${remedy}\n`)
  process.exitCode = 1
}

/** Lines of columns, each as wide as its widest entry. */
export function sayTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows)
    say(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}
