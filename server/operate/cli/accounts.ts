import { Command, InvalidArgumentError, Option } from 'commander'
import { Refusal } from '../../core/access/refusal.js'
import type { Passkey } from '../../core/people/passkey.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { scopesOfGroups } from '../../core/token/scope.js'
import type { Secret } from '../../core/token/secret.js'
import { disableAccount, enableAccount } from '../../login/account-status.js'
import { changePassword, type NewPassword } from '../../login/change-password.js'
import { removePasskeys } from '../../login/passkeys/remove-passkey.js'
import { addAccount, type NewAccount } from '../../people/add-account.js'
import { generatePassword } from '../../people/generate-password.js'
import type { Context } from '../../storage/context.js'
import { emergencyAccounts, findAccount } from '../../storage/postgres/accounts.js'
import { listPasskeys } from '../../storage/postgres/identity/passkeys.js'
import { listPeople } from '../../storage/postgres/people.js'
import type { Shell } from './shell.js'

const OPERATOR = { username: OPERATOR_ACTOR }

type NewGroup = NewAccount['groups'][number]

interface AddOptions {
  readonly passwordStdin?: true
  readonly generate?: true
  readonly emergency?: true
  readonly email?: string
  readonly name?: string
  readonly uid?: number
  readonly gid?: number
  readonly group: NewGroup[]
}

/** `postern account add|passwd|list|disable|enable|passkeys`. */
export function accountCommands(shell: Shell): Command {
  const account = new Command('account').description('Accounts whose password Postern stores.')

  account
    .command('add <username>')
    .description('Add an account.')
    .option('--password-stdin', 'read the password from standard input')
    .addOption(generate())
    .option('--email <address>', 'e-mail address')
    .option('--name <name>', 'full name')
    .option('--uid <number>', 'UID; default: the next free one', wholeNumber)
    .option('--gid <number>', 'GID; default: the UID', wholeNumber)
    .option('--emergency', 'signs in also during a lockdown; each sign-in raises an alarm')
    .option('--group <name[:gid]>', 'a group; may be given several times', collectGroup, [])
    .action(async (username: string, { passwordStdin, generate, group, ...rest }: AddOptions) => {
      const typed = generate ? undefined : await shell.askPassword(passwordStdin === true)
      await shell.run(async (context) => {
        const { password, mustChange } = newPassword(context, typed)
        const wanted = {
          username,
          password,
          groups: group,
          ...rest,
          ...(mustChange && { mustChangePassword: mustChange }),
        }
        const account = await addAccount(context, wanted, OPERATOR)
        if (account instanceof Refusal) return shell.refuse(context, account)
        const names = account.groups.map(({ name }) => name)
        shell.print(`Added ${username} (UID ${account.uid}, GID ${account.gid}).`)
        if (mustChange) printGenerated(shell, password)
        const scopes = scopesOfGroups(names, context.settings.groupMapping)
        if (scopes.length > 1) shell.print(`Scopes: ${scopes.join(', ')}`)
        else shell.print('No group of this account gives it a scope, so it cannot sign in yet. See groupMapping.')
      })
    })

  account
    .command('passwd <username>')
    .description('Set the password of an account, and revoke its sessions.')
    .option('--password-stdin', 'read the password from standard input')
    .addOption(generate())
    .action(async (username: string, { passwordStdin, generate }: AddOptions) => {
      const typed = generate ? undefined : await shell.askPassword(passwordStdin === true)
      await shell.run(async (context) => {
        const chosen = newPassword(context, typed)
        const changed = await changePassword(context, username, chosen, OPERATOR)
        if (changed instanceof Refusal) return shell.refuse(context, changed)
        shell.print(`Changed the password of ${username}; sessions revoked: ${changed.sessionsEnded}.`)
        if (chosen.mustChange) printGenerated(shell, chosen.password)
      })
    })

  account
    .command('list')
    .description('List local accounts, and users who have signed in through an identity provider.')
    .action(() =>
      shell.run(async (context) => {
        const emergency = new Set(await emergencyAccounts(context.postgres.prisma))
        const rows = (await listPeople(context.postgres)).map((each) => [
          each.username,
          each.uid === undefined ? '-' : String(each.uid),
          each.disabled ? 'disabled' : emergency.has(each.username) ? 'emergency' : 'active',
          each.source,
          each.groups?.map(({ name, id }) => `${name}:${id}`).join(',') || '-',
          each.email ?? '-',
          each.name ?? '-',
        ])
        shell.printTable([['USERNAME', 'UID', 'STATE', 'SOURCE', 'GROUPS', 'E-MAIL', 'NAME'], ...rows])
      }),
    )

  account
    .command('disable <username>')
    .description('Disable an account: sign-in and tokens are refused, sessions revoked.')
    .action((username: string) =>
      shell.run(async (context) => {
        const disabled = await disableAccount(context, username, OPERATOR)
        if (disabled instanceof Refusal) return shell.refuse(context, disabled)
        shell.print(`${username} is disabled; its tokens are refused; sessions revoked: ${disabled.sessionsEnded}.`)
      }),
    )

  account
    .command('enable <username>')
    .description('Enable a disabled account.')
    .action((username: string) =>
      shell.run(async (context) => {
        const refused = await enableAccount(context, username, OPERATOR)
        if (refused) return shell.refuse(context, refused)
        shell.print(`${username} is enabled; its tokens that were not revoked work again.`)
      }),
    )

  account
    .command('passkeys <username>')
    .description('List the passkeys of an account, or remove them all.')
    .option('--remove', 'remove them, when their user has lost them: the password alone signs in then')
    .action((username: string, { remove }: { remove?: true }) =>
      shell.run(async (context) => {
        const { prisma } = context.postgres
        if (!(await findAccount(prisma, username))) return shell.refuse(context, new Refusal('account_unknown'))
        if (!remove) return printPasskeys(shell, await listPasskeys(prisma, username))
        const removed = await removePasskeys(context, { username }, OPERATOR)
        if (removed instanceof Refusal) return shell.print(`${username} has no passkeys.`)
        shell.print(`Removed ${removed.length} of ${username}: ${removed.join(', ')}.`)
      }),
    )

  return account
}

function printPasskeys(shell: Shell, passkeys: readonly Passkey[]): void {
  const day = (at: number | undefined) => (at === undefined ? '-' : new Date(at * 1000).toISOString().slice(0, 10))
  const rows = passkeys.map(({ name, created, lastUsed, id }) => [name, day(created), day(lastUsed), id])
  shell.printTable([['NAME', 'ADDED', 'USED', 'ID'], ...rows])
}

function generate(): Option {
  return new Option('--generate', 'print a generated password, to be changed at the first sign-in').conflicts(
    'passwordStdin',
  )
}

/** Returns the password that was typed, or else a generated one. */
function newPassword({ random }: Context, typed: Secret | undefined): NewPassword {
  return typed ? { password: typed } : { password: generatePassword(random), mustChange: true }
}

function printGenerated(shell: Shell, password: Secret): void {
  shell.print(`The password is ${password.reveal()}`)
  shell.print('It is not shown again. Its user chooses another at the first sign-in.')
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function collectGroup(text: string, earlier: NewGroup[]): NewGroup[] {
  const [name = '', gid, ...rest] = text.split(':')
  if (rest.length > 0 || gid === '') throw new InvalidArgumentError('It must be NAME or NAME:GID.')
  return [...earlier, { name, ...(gid !== undefined && { gid: wholeNumber(gid) }) }]
}
