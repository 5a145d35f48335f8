import { Command, InvalidArgumentError } from 'commander'
import { loadSettings } from '../../settings/load.js'
import { openStores } from '../lifecycle/open-stores.js'
import { explainStart } from '../lifecycle/startup-error.js'
import { openLog } from '../observability/log.js'
import { accountCommands } from './accounts.js'
import { auditCommands } from './audit.js'
import type { StoreCommand } from './command.js'
import { doctorCommand } from './doctor.js'
import { lockdownCommands } from './lockdown.js'
import { programCommands } from './programs.js'
import { revokeCommand } from './revoke.js'
import { tokenCommands } from './tokens.js'
import { userCommands } from './users.js'

/** Runs a command on the site's stores; beside a running server, on the embedded ones that the server has started. */
async function run(command: StoreCommand): Promise<void> {
  const settings = loadSettings({ ...process.env, POSTERN_LOG_LEVEL: process.env.POSTERN_LOG_LEVEL || 'error' })
  const stores = await openStores(settings, openLog(settings), { role: 'command' })
  try {
    await command(stores.context)
  } finally {
    await stores.context.audit.flush(stores.context.postgres)
    await stores.close()
  }
}

const postern = new Command('postern')
  .description('Administers the accounts, tokens and programs of a Postern site.')
  .showHelpAfterError()
  .addCommand(accountCommands(run))
  .addCommand(userCommands(run))
  .addCommand(tokenCommands(run))
  .addCommand(programCommands(run))
  .addCommand(auditCommands(run))
  .addCommand(doctorCommand(run))
  .addCommand(lockdownCommands(run))
  .addCommand(revokeCommand(run))

try {
  await postern.parseAsync()
} catch (error) {
  const description = error instanceof InvalidArgumentError ? error.message : explainStart(error)
  process.stderr.write(`${description ?? (error as Error).stack}\n`)
  process.exitCode = 1
}
