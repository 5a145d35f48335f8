import { Command, InvalidArgumentError } from 'commander'
import { Refusal } from '../../core/access/refusal.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { scopesOfGroups } from '../../core/token/scope.js'
import { disableAccount, enableAccount } from '../../login/account-status.js'
import { changePassword } from '../../login/change-password.js'
import { addAccount, type NewAccount } from '../../people/add-account.js'
import { listPeople } from '../../storage/postgres/people.js'
import { askPassword } from './ask-password.js'
import { type Run, say, sayRefused, sayTable } from './command.js'

const OPERATOR = { username: OPERATOR_ACTOR }

type WantedGroup = NewAccount['groups'][number]

interface AddOptions {
  readonly passwordStdin?: true
  readonly email?: string
  readonly name?: string
  readonly uid?: number
  readonly gid?: number
  readonly group: WantedGroup[]
}

/** `postern account add|passwd|list|disable|enable`. */
export function accountCommands(run: Run): Command {
  const account = new Command('account').description('People who sign in with a password kept here.')

  account
    .command('add <username>')
    .description('Add an account.')
    .option('--password-stdin', 'read the password from standard input')
    .option('--email <address>', 'e-mail address')
    .option('--name <name>', 'the name of the person')
    .option('--uid <number>', 'UID; the next free one when not given', wholeNumber)
    .option('--gid <number>', 'GID; the same as the UID when not given', wholeNumber)
    .option('--group <name[:gid]>', 'a group to be in; may be given several times', collectGroup, [])
    .action(async (username: string, { passwordStdin, group, ...rest }: AddOptions) => {
      const password = await askPassword(passwordStdin === true)
      await run(async (context) => {
        const added = await addAccount(context, { username, password, groups: group, ...rest })
        if (added instanceof Refusal) return sayRefused(added)
        const names = added.groups.map(({ name }) => name)
        say(`Added ${username} (UID ${added.uid}, GID ${added.gid}).`)
        const scopes = scopesOfGroups(names, context.settings.groupMapping)
        if (scopes.length > 1) say(`Scopes: ${scopes.join(', ')}`)
        else say('No group of this account gives it a scope, so it cannot sign in yet. See groupMapping.')
      })
    })

  account
    .command('passwd <username>')
    .description('Set the password of an account, and end its sessions.')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (username: string, { passwordStdin }: AddOptions) => {
      const password = await askPassword(passwordStdin === true)
      await run(async (context) => {
        const changed = await changePassword(context, username, password, OPERATOR)
        if (changed instanceof Refusal) return sayRefused(changed)
        say(`The password of ${username} is changed; sessions ended: ${changed.sessionsEnded}.`)
      })
    })

  account
    .command('list')
    .description('List everybody who has an account here, or has signed in through an identity provider.')
    .action(() =>
      run(async (context) => {
        const rows = (await listPeople(context.postgres)).map((each) => [
          each.username,
          each.uid === undefined ? '-' : String(each.uid),
          each.disabled ? 'disabled' : 'active',
          each.source,
          each.groups?.map(({ name, id }) => `${name}:${id}`).join(',') || '-',
          each.email ?? '-',
          each.name ?? '-',
        ])
        sayTable([['USERNAME', 'UID', 'STATE', 'SOURCE', 'GROUPS', 'E-MAIL', 'NAME'], ...rows])
      }),
    )

  account
    .command('disable <username>')
    .description('Close an account: no sign-in, sessions ended, tokens refused.')
    .action((username: string) =>
      run(async (context) => {
        const disabled = await disableAccount(context, username, OPERATOR)
        if (disabled instanceof Refusal) return sayRefused(disabled)
        say(`${username} is disabled; its tokens are refused; sessions ended: ${disabled.sessionsEnded}.`)
      }),
    )

  account
    .command('enable <username>')
    .description('Open an account that was disabled.')
    .action((username: string) =>
      run(async (context) => {
        const refused = await enableAccount(context, username)
        if (refused) return sayRefused(refused)
        say(`${username} is enabled; the tokens that were not revoked work again.`)
      }),
    )

  return account
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function collectGroup(text: string, sofar: WantedGroup[]): WantedGroup[] {
  const [name = '', gid, ...rest] = text.split(':')
  if (rest.length > 0 || gid === '') throw new InvalidArgumentError('It must be NAME or NAME:GID.')
  return [...sofar, { name, ...(gid !== undefined && { gid: wholeNumber(gid) }) }]
}
