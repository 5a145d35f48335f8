import { Command } from 'commander'
import { isoTime } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { readLockdown } from '../../storage/postgres/lockdown.js'
import { liftLockdown, lockDown } from '../../tokens/incident/lockdown.js'
import type { Run } from './command.js'
import { print } from './output.js'

const OPERATOR = { username: OPERATOR_ACTOR }

/** `postern lockdown on|off|status`. */
export function lockdownCommands(run: Run): Command {
  const lockdown = new Command('lockdown').description(
    'Break glass: no sign-ins but of emergency accounts, and no new tokens.',
  )

  lockdown
    .command('on')
    .description('Lock the site down, in every process at once.')
    .option('--reason <text>', 'a sentence for the sign-in page')
    .action(({ reason }: { readonly reason?: string }) =>
      run(async (context) => {
        const before = await lockDown(context, reason, OPERATOR)
        if (before) return print(`The site was locked down already, since ${isoTime(before.since)}.`)
        print('The site is locked down: no sign-ins but of emergency accounts, and no new tokens.')
        print('Sessions and tokens that exist still work. See "postern revoke --help" to end them.')
      }),
    )

  lockdown
    .command('off')
    .description('End the lockdown.')
    .action(() =>
      run(async (context) => {
        const ended = await liftLockdown(context, OPERATOR)
        print(ended ? `The lockdown since ${isoTime(ended.since)} is over.` : 'The site was not locked down.')
      }),
    )

  lockdown
    .command('status')
    .description('Say whether the site is locked down; the exit code is 0 either way.')
    .action(() =>
      run(async ({ postgres }) => {
        const now = await readLockdown(postgres)
        if (!now) return print('The site is not locked down.')
        print(`The site is locked down since ${isoTime(now.since)}${now.reason ? `: ${now.reason}` : '.'}`)
      }),
    )

  return lockdown
}
