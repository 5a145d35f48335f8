import { Command } from 'commander'
import { isoTime } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { readLockdown } from '../../storage/postgres/lockdown.js'
import { liftLockdown, lockDown } from '../../tokens/incident/lockdown.js'
import type { Shell } from './shell.js'

const OPERATOR = { username: OPERATOR_ACTOR }

/** `postern lockdown on|off|status`. */
export function lockdownCommands(shell: Shell): Command {
  const lockdown = new Command('lockdown').description(
    'Break glass: no sign-ins but of emergency accounts, and no new tokens.',
  )

  lockdown
    .command('on')
    .description('Lock the site down, in every process at once.')
    .option('--reason <text>', 'a sentence for the sign-in page')
    .action(({ reason }: { readonly reason?: string }) =>
      shell.run(async (context) => {
        const before = await lockDown(context, reason, OPERATOR)
        if (before) return shell.print(`The site was locked down already, since ${isoTime(before.since)}.`)
        shell.print('The site is locked down: no sign-ins but of emergency accounts, and no new tokens.')
        shell.print('Sessions and tokens that exist still work. See "postern revoke --help" to end them.')
      }),
    )

  lockdown
    .command('off')
    .description('End the lockdown.')
    .action(() =>
      shell.run(async (context) => {
        const ended = await liftLockdown(context, OPERATOR)
        shell.print(ended ? `The lockdown since ${isoTime(ended.since)} is over.` : 'The site was not locked down.')
      }),
    )

  lockdown
    .command('status')
    .description('Say whether the site is locked down; the exit code is 0 either way.')
    .action(() =>
      shell.run(async ({ postgres }) => {
        const now = await readLockdown(postgres)
        if (!now) return shell.print('The site is not locked down.')
        shell.print(`The site is locked down since ${isoTime(now.since)}${now.reason ? `: ${now.reason}` : '.'}`)
      }),
    )

  return lockdown
}
