import { Command } from 'commander'
import { Refusal } from '../../core/access/refusal.js'
import type { Subject } from '../../core/people/identity.js'
import { isoTime } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { rebindName, releaseName } from '../../login/user-name.js'
import { confirmInvestigator } from '../../programs/confirm-investigator.js'
import { listIdentityChanges } from '../../storage/postgres/identity/history.js'
import { findNameHolder } from '../../storage/postgres/identity/name-holder.js'
import { listRefusedIdentities } from '../../storage/postgres/identity/refusals.js'
import type { Run } from './command.js'
import { print, printRefusal, printTable } from './output.js'

const OPERATOR = { username: OPERATOR_ACTOR }
const MAX_SHOWN = 1_000

interface RebindOptions {
  readonly subject: string
  readonly issuer?: string
  readonly provider?: string
}

/** `postern user show|release|rebind|confirm`. */
export function userCommands(run: Run): Command {
  const user = new Command('user').description('Users of identity providers, and the identities of their user names.')

  user
    .command('show <username>')
    .description('Show the identity of a user name, identities that were refused, and the history.')
    .action((username: string) =>
      run(async ({ postgres: { prisma } }) => {
        const holder = await findNameHolder(prisma, username)
        if (holder?.is === 'account') print(`${username} is a local account.`)
        else if (holder) print(`${username} belongs to ${text(holder.identity)} of ${holder.provider}.`)
        else print(`${username} belongs to no user.`)
        for (const { provider, last, count, ...identity } of await listRefusedIdentities(prisma, MAX_SHOWN, username))
          print(`Refused: ${text(identity)} of ${provider}, ${count} times, last ${isoTime(last)}`)
        const history = await listIdentityChanges(prisma, MAX_SHOWN, username)
        const rows = history.map(({ at, actor, action, old, identity }) => [
          isoTime(at),
          actor,
          action,
          text(old),
          text(identity),
        ])
        printTable([['WHEN', 'WHO', 'WHAT', 'BEFORE', 'AFTER'], ...rows])
      }),
    )

  user
    .command('release <username>')
    .description('Revoke everything of a user of a provider who is gone, and free the user name for its next owner.')
    .action((username: string) =>
      run(async (context) => {
        const released = await releaseName(context, username, OPERATOR)
        if (released instanceof Refusal) return printRefusal(context, released)
        print(
          `${username} is free for the next user who signs in with it; tokens and sessions revoked: ${released.revoked}.`,
        )
      }),
    )

  user
    .command('rebind <username>')
    .description('Bind a user name to another identity of the same user. Tokens stay, sessions are revoked.')
    .requiredOption('--subject <subject>', 'sub at the provider; the numeric id on GitHub')
    .option('--issuer <issuer>', 'iss of the provider; default: as before')
    .option('--provider <id>', 'id of the provider in the configuration; default: as before')
    .action((username: string, options: RebindOptions) =>
      run(async (context) => {
        const holder = await findNameHolder(context.postgres.prisma, username)
        if (holder?.is !== 'person') return printRefusal(context, new Refusal('account_unknown'))
        const { subject, issuer = holder.identity?.issuer ?? '', provider = holder.provider } = options
        const bound = await rebindName(context, username, { to: { provider, issuer, subject } }, OPERATOR)
        if (bound instanceof Refusal) return printRefusal(context, bound)
        print(`${username} belongs to ${text({ issuer, subject })}; sessions revoked: ${bound.sessionsEnded}.`)
      }),
    )

  user
    .command('confirm <username>')
    .description('Confirm that a user is the investigator whom archives named before the user signed in.')
    .action((username: string) =>
      run(async (context) => {
        const confirmed = await confirmInvestigator(context, username, OPERATOR)
        if (confirmed instanceof Refusal) return printRefusal(context, confirmed)
        print(`${username} is the investigator whom archives name; programs: ${confirmed.programs}.`)
      }),
    )

  return user
}

function text(identity: Subject | undefined): string {
  return identity ? `${identity.subject} at ${identity.issuer}` : '-'
}
