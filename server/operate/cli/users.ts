import { Command } from 'commander'
import { Refusal } from '../../core/access/refusal.js'
import { canParseUrl } from '../../core/can-parse-url.js'
import type { Subject } from '../../core/people/identity.js'
import { isoTime } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { rebindIssuer } from '../../login/rebind-issuer.js'
import { rebindName, releaseName } from '../../login/user-name.js'
import { confirmInvestigator } from '../../programs/confirm-investigator.js'
import type { Context } from '../../storage/context.js'
import { listIdentityChanges } from '../../storage/postgres/identity/history.js'
import { findNameHolder } from '../../storage/postgres/identity/name-holder.js'
import { countUsersOfIssuer, listUsersOfIssuer } from '../../storage/postgres/identity/rebind-issuer.js'
import { listRefusedIdentities } from '../../storage/postgres/identity/refusals.js'
import type { Shell } from './shell.js'

const OPERATOR = { username: OPERATOR_ACTOR }
const MAX_SHOWN = 1_000
/** A preview counts all users and names the first. */
const MAX_PREVIEWED = 20

interface RebindOptions {
  readonly subject?: string
  readonly issuer?: readonly string[]
  readonly provider?: string
  readonly yes?: true
}

/** `postern user show|release|rebind|confirm`. */
export function userCommands(shell: Shell): Command {
  const user = new Command('user').description('Users of identity providers, and the identities of their user names.')

  user
    .command('show <username>')
    .description('Show the identity of a user name, identities that were refused, and the history.')
    .action((username: string) =>
      shell.run(async ({ postgres: { prisma } }) => {
        const holder = await findNameHolder(prisma, username)
        if (holder?.is === 'account') shell.print(`${username} is a local account.`)
        else if (holder) shell.print(`${username} belongs to ${text(holder.identity)} of ${holder.provider}.`)
        else shell.print(`${username} belongs to no user.`)
        for (const { provider, last, count, ...identity } of await listRefusedIdentities(prisma, MAX_SHOWN, username))
          shell.print(`Refused: ${text(identity)} of ${provider}, ${count} times, last ${isoTime(last)}`)
        const history = await listIdentityChanges(prisma, MAX_SHOWN, username)
        const rows = history.map(({ at, actor, action, old, identity }) => [
          isoTime(at),
          actor,
          action,
          text(old),
          text(identity),
        ])
        shell.printTable([['WHEN', 'WHO', 'WHAT', 'BEFORE', 'AFTER'], ...rows])
      }),
    )

  user
    .command('release <username>')
    .description('Revoke everything of a user of a provider who is gone, and free the user name for its next owner.')
    .action((username: string) =>
      shell.run(async (context) => {
        const released = await releaseName(context, username, OPERATOR)
        if (released instanceof Refusal) return shell.refuse(context, released)
        shell.print(
          `${username} is free for the next user who signs in with it; tokens and sessions revoked: ${released.revoked}.`,
        )
      }),
    )

  user
    .command('rebind [username]')
    .description('Bind a user name to another identity of the same user, or all users of an issuer to its new URL.')
    .option('--subject <subject>', 'sub at the provider; the numeric id on GitHub')
    .option('--issuer <issuer...>', 'iss of the provider; default: as before. Without a user name: the old and the new')
    .option('--provider <id>', 'id of the provider in the configuration; default: as before')
    .option('--yes', 'with an old and a new issuer: bind; without it nothing is changed')
    .addHelpText(
      'after',
      `
  postern user rebind ada --subject 1815     tokens stay, sessions are revoked
  postern user rebind --issuer OLD NEW       the subjects are as before; tokens and sessions stay`,
    )
    .action(async (username: string | undefined, options: RebindOptions, command: Command) => {
      const work = username === undefined ? moveOf(shell, options) : rebindOf(shell, username, options)
      if (typeof work === 'string') return command.error(`error: ${work}`)
      await shell.run(work)
    })

  user
    .command('confirm <username>')
    .description('Confirm that a user is the investigator whom archives named before the user signed in.')
    .action((username: string) =>
      shell.run(async (context) => {
        const confirmed = await confirmInvestigator(context, username, OPERATOR)
        if (confirmed instanceof Refusal) return shell.refuse(context, confirmed)
        shell.print(`${username} is the investigator whom archives name; programs: ${confirmed.programs}.`)
      }),
    )

  return user
}

/** Binds one user name. @returns the mistake in the options, if there is one */
function rebindOf(
  shell: Shell,
  username: string,
  { subject, issuer: [issuer, ...others] = [], ...rest }: RebindOptions,
) {
  if (subject === undefined) return 'the option --subject is missing'
  if (others.length > 0) return 'a user name has one --issuer'
  return async (context: Context): Promise<void> => {
    const holder = await findNameHolder(context.postgres.prisma, username)
    if (holder?.is !== 'person') return shell.refuse(context, new Refusal('account_unknown'))
    const identity = { issuer: issuer ?? holder.identity?.issuer ?? '', subject }
    const to = { provider: rest.provider ?? holder.provider, ...identity }
    const bound = await rebindName(context, username, { to }, OPERATOR)
    if (bound instanceof Refusal) return shell.refuse(context, bound)
    shell.print(`${username} belongs to ${text(identity)}; sessions revoked: ${bound.sessionsEnded}.`)
  }
}

/** Binds all users of an issuer, once the operator has seen how many they are. @returns as {@link rebindOf} */
function moveOf(shell: Shell, { issuer: [old, moved, ...others] = [], ...rest }: RebindOptions) {
  if (old === undefined || moved === undefined || others.length > 0)
    return 'name a user, or the old and the new --issuer'
  if (rest.subject !== undefined || rest.provider !== undefined) return '--subject and --provider are for one user name'
  if (!/^https?:/.test(moved) || !canParseUrl(moved)) return 'the new issuer is not a URL'
  if (old === moved) return 'the new issuer is the old one'
  return async (context: Context): Promise<void> => {
    const { prisma } = context.postgres
    const count = await countUsersOfIssuer(prisma, old)
    if (count === 0) return shell.refuse(context, new Refusal('account_unknown', `No user is bound to ${old}`))
    const first = await listUsersOfIssuer(prisma, old, MAX_PREVIEWED)
    shell.print(`Bound to ${old}: ${count} (${first.join(', ')}${count > first.length ? ', …' : ''}).`)
    shell.print(`Bound to ${moved} already: ${await countUsersOfIssuer(prisma, moved)}.`)
    if (!rest.yes)
      return shell.print('Nothing was changed. Add --yes to bind them to the new issuer, with the same subjects.')
    const rebound = await rebindIssuer(context, { old, new: moved }, OPERATOR)
    shell.print(`Bound to ${moved}: ${rebound}. Tokens and sessions stay.`)
  }
}

function text(identity: Subject | undefined): string {
  return identity ? `${identity.subject} at ${identity.issuer}` : '-'
}
