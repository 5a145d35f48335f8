import { text } from 'node:stream/consumers'
import type { Logger } from 'pino'
import type { Refusal } from '../../core/access/refusal.js'
import type { AuditedRefusal } from '../../core/audit/event.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { Secret } from '../../core/token/secret.js'
import { loadSettings } from '../../settings/load.js'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { openStores } from '../lifecycle/open-stores.js'
import { openLog } from '../observability/log.js'
import { askPassword } from './ask-password.js'
import type { Terminal } from './terminal.js'

/** The work of a command once the stores are open. */
export type StoreCommand = (context: Context, databaseUrl: Secret) => Promise<void>

type Audit = Pick<Context, 'audit'>

/** Runs one command at a terminal. */
export class Shell {
  exitCode = 0
  readonly #terminal: Terminal

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** Opens the site's stores, runs the work on them, and closes them. Beside a running server they are its embedded ones. */
  async run(command: StoreCommand): Promise<void> {
    const { stdout } = this.#terminal
    const settings = this.settings()
    const stores = await openStores(settings, openLog(settings, stdout), { role: 'command' })
    try {
      await command(stores.context, stores.databaseUrl)
    } finally {
      await stores.context.audit.flush(stores.context.postgres)
      await stores.close()
    }
  }

  /** Reads the site's settings, for a command that needs no store. */
  settings(): Settings {
    const { env } = this.#terminal
    return loadSettings({ ...env, POSTERN_LOG_LEVEL: env.POSTERN_LOG_LEVEL || 'error' })
  }

  /** Opens the log of a process that runs on and on, at the level of the settings. */
  openLog(): { readonly settings: Settings; readonly log: Logger } {
    const settings = loadSettings(this.#terminal.env)
    return { settings, log: openLog(settings, this.#terminal.stdout) }
  }

  /** Standard input, for a command that reads it in parts. */
  input(): Terminal['stdin'] {
    return this.#terminal.stdin
  }

  /** Reads all of standard input. */
  readInput(): Promise<string> {
    return text(this.#terminal.stdin)
  }

  /** Prints remarks, which do not change the exit code. */
  warn(...lines: readonly string[]): void {
    for (const line of lines) this.#terminal.stderr.write(`${line}\n`)
  }

  /** Replaces the last line of a terminal, such as that of a progress bar; an empty one clears it. Nothing elsewhere. */
  showProgress(line: string): void {
    const { stderr } = this.#terminal
    if (stderr.isTTY) stderr.write(`\r\u001b[K${line}`)
  }

  print(line: string): void {
    this.#terminal.stdout.write(`${line}\n`)
  }

  /** Prints rows in columns, each as wide as its widest cell. */
  printTable(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
    for (const row of rows)
      this.print(
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
  }

  /** Prints the reasons of a failure, and sets the exit code to 1. */
  fail(...lines: readonly string[]): void {
    this.warn(...lines)
    this.exitCode = 1
  }

  /** Prints a refusal, records it, and sets the exit code to 1. */
  refuse(context: Audit, { code, message, remedy }: Refusal): void {
    this.recordRefusal(context, { action: 'command', code })
    this.fail(`postern: ${message}. ${remedy}`)
  }

  /** Records that a command was refused. The event has the command as it was typed; a whole token among its arguments is redacted. */
  recordRefusal({ audit }: Audit, refusal: Pick<AuditedRefusal, 'action' | 'code' | 'details'>): void {
    const id = this.#terminal.args.join(' ')
    audit.refuse({ ...refusal, actor: { username: OPERATOR_ACTOR }, object: { type: 'command', id } })
  }

  /** Reads a new password: the first line of standard input, or typed twice. */
  askPassword(fromStdin: boolean): Promise<Secret> {
    return askPassword(this.#terminal, fromStdin)
  }

  /** Reads a token from standard input, or from POSTERN_TOKEN; never an argument, which every user of the machine can read. */
  async readToken(fromStdin: boolean): Promise<Secret | undefined> {
    const { env } = this.#terminal
    const given = (fromStdin ? await this.readInput() : (env.POSTERN_TOKEN ?? '')).trim()
    return given === '' ? undefined : new Secret(given)
  }
}
