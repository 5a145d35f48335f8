import { Command } from 'commander'
import { Refusal } from '../../core/access/refusal.js'
import { storedReason } from '../../core/notices/notice.js'
import { isoTime } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { isTokenKey, parseToken, type TokenKey } from '../../core/token/token.js'
import { listUserTokens } from '../../storage/postgres/tokens.js'
import { liveSessions } from '../../tokens/idle-timeout.js'
import { ownerOf } from '../../tokens/list.js'
import { revokeToken, revokeWithHeirs } from '../../tokens/revoke.js'
import type { Shell } from './shell.js'

interface RevokeOptions {
  readonly withHeirs?: true
  readonly reason?: string
}

/** `postern token list|revoke`. */
export function tokenCommands(shell: Shell): Command {
  const token = new Command('token').description('User tokens and web sessions.')

  token
    .command('list <username>')
    .description('List the tokens and sessions of a user.')
    .action((username: string) =>
      shell.run(async (context) => {
        const sessions = (await liveSessions(context, username)).map((each) => ({ ...each, expires: each.ends }))
        const rows = [...(await listUserTokens(context.postgres, username)), ...sessions].map((each) => [
          each.key,
          each.type,
          each.name ?? '-',
          each.scopes.join(',') || '-',
          instant(each.created),
          each.lastUsed ? instant(each.lastUsed.at) : 'never',
          each.expires === undefined ? 'never' : instant(each.expires),
        ])
        shell.printTable([['KEY', 'TYPE', 'NAME', 'SCOPES', 'CREATED', 'LAST USED', 'EXPIRES'], ...rows])
      }),
    )

  token
    .command('revoke <key>')
    .description('Revoke a token or session at once. Takes a whole token as well, such as one that leaked.')
    .option('--with-heirs', 'Revoke the tokens that were created with it, too.')
    .option('--reason <text>', 'Why, for the owner and the audit trail.')
    .action((text: string, { withHeirs, reason: given }: RevokeOptions) =>
      shell.run(async (context) => {
        const key = keyOf(text)
        const owner = key && (await ownerOf(context, key))
        if (!key || !owner) return shell.refuse(context, new Refusal('not_found', 'There is no token of that key'))
        const reason = storedReason(given)
        const actor = { username: OPERATOR_ACTOR, ...(reason !== undefined && { reason }) }
        const revoked = withHeirs
          ? await revokeWithHeirs(context, owner, key, actor)
          : await revokeToken(context, owner, key, actor)
        if (revoked instanceof Refusal) return shell.refuse(context, revoked)
        for (const each of [revoked].flat()) {
          shell.print(`Revoked the ${each.type} token ${each.name ?? each.key} of ${each.username}.`)
        }
      }),
    )

  return token
}

function keyOf(text: string): TokenKey | undefined {
  if (isTokenKey(text)) return text
  const token = parseToken(text)
  return token instanceof Refusal ? undefined : token.key
}

function instant(at: number): string {
  return isoTime(at)
}
