import type { Refusal } from '../../core/access/refusal.js'
import type { AuditedRefusal } from '../../core/audit/event.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Prints a refusal, records it, and sets the exit code to 1. */
export function printRefusal(context: Pick<Context, 'audit'>, { code, message, remedy }: Refusal): void {
  recordRefusal(context, { action: 'command', code })
  process.stderr.write(`postern: ${message}. ${remedy}\n`)
  process.exitCode = 1
}

/** Records that a command was refused. The event has the command as it was typed; a whole token among its arguments is redacted. */
export function recordRefusal(
  { audit }: Pick<Context, 'audit'>,
  refusal: Pick<AuditedRefusal, 'action' | 'code' | 'details'>,
): void {
  const id = process.argv.slice(2).join(' ')
  audit.refuse({ ...refusal, actor: { username: OPERATOR_ACTOR }, object: { type: 'command', id } })
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
