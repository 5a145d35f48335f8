import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { version } from '../../api/version.js'
import { explainStart } from '../lifecycle/startup-error.js'
import { accountCommands } from './accounts.js'
import { auditCommands } from './audit/commands.js'
import { backupCommand } from './backup/backup.js'
import { restoreCommand } from './backup/restore.js'
import { dashedKeysLast } from './dashed-keys.js'
import { doctorCommand } from './doctor.js'
import { kubernetesCommands } from './kubernetes.js'
import { lockdownCommands } from './lockdown.js'
import { migrateCommands } from './migrate/commands.js'
import { openIdCommands } from './openid.js'
import { operatorCommand } from './operator.js'
import { programCommands } from './programs.js'
import { revokeCommand } from './revoke.js'
import { Shell } from './shell.js'
import { generateCommands } from './standalone/generate.js'
import { openApiCommand } from './standalone/openapi.js'
import type { Terminal } from './terminal.js'
import { tokenCommands } from './tokens.js'
import { userCommands } from './users.js'

/** Runs one command of `postern`. @returns its exit code */
export async function runCommand(terminal: Terminal): Promise<number> {
  const shell = new Shell(terminal)
  const command = posternCommand(shell)
  attach(command, terminal)
  try {
    await command.parseAsync(dashedKeysLast(command, terminal.args), { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && !(error instanceof InvalidArgumentError)) return error.exitCode
    const description = error instanceof InvalidArgumentError ? error.message : explainStart(error)
    shell.fail(description ?? String((error as Error).stack))
  }
  return shell.exitCode
}

/** Returns the tree of all commands. */
export function posternCommand(shell: Shell): Command {
  return new Command('postern')
    .description('Administers the accounts, tokens and programs of a Postern site.')
    .showHelpAfterError()
    .version(version())
    .addCommand(accountCommands(shell))
    .addCommand(userCommands(shell))
    .addCommand(tokenCommands(shell))
    .addCommand(programCommands(shell))
    .addCommand(auditCommands(shell))
    .addCommand(backupCommand(shell))
    .addCommand(doctorCommand(shell))
    .addCommand(lockdownCommands(shell))
    .addCommand(migrateCommands(shell))
    .addCommand(openIdCommands(shell))
    .addCommand(restoreCommand(shell))
    .addCommand(revokeCommand(shell))
    .addCommand(kubernetesCommands(shell))
    .addCommand(operatorCommand(shell))
    .addCommand(generateCommands(shell))
    .addCommand(openApiCommand(shell))
}

/** Has a command and those below it write to the terminal, and throw where they would exit the process. */
function attach(command: Command, terminal: Terminal): void {
  const { stdout, stderr } = terminal
  command
    // An option belongs to the command that it comes after, also where the one above has an option of the same name.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
  for (const each of command.commands) attach(each, terminal)
}
