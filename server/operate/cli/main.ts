import { Command, InvalidArgumentError } from 'commander'
import { loadSettings } from '../../settings/load.js'
import { openStores } from '../lifecycle/open-stores.js'
import { explainStart } from '../lifecycle/startup-error.js'
import { openLog } from '../observability/log.js'
import { accountCommands } from './accounts.js'
import type { StoreCommand } from './command.js'
import { programCommands } from './programs.js'
import { tokenCommands } from './tokens.js'

/** Runs a task on the site's stores; beside a running server it uses the server's. */
async function run(command: StoreCommand): Promise<void> {
  const settings = loadSettings({ ...process.env, POSTERN_LOG_LEVEL: process.env.POSTERN_LOG_LEVEL || 'error' })
  const opened = await openStores(settings, openLog(settings), { role: 'command' })
  try {
    await command(opened.context)
  } finally {
    await opened.close()
  }
}

const program = new Command('postern')
  .description('Looks after the accounts and tokens of a Postern site.')
  .showHelpAfterError()
  .addCommand(accountCommands(run))
  .addCommand(tokenCommands(run))
  .addCommand(programCommands(run))

try {
  await program.parseAsync()
} catch (error) {
  const known = error instanceof InvalidArgumentError ? error.message : explainStart(error)
  process.stderr.write(`${known ?? (error as Error).stack}\n`)
  process.exitCode = 1
}
