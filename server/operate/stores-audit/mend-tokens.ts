import { Refusal } from '../../core/access/refusal.js'
import type { Finding } from '../../core/stores-audit/checks.js'
import { SETTLING } from '../../core/stores-audit/history.js'
import { OPERATOR_ACTOR, type TokenHistoryEntry } from '../../core/token/history.js'
import { homeOf, isTokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { toDate } from '../../storage/postgres/client.js'
import { appendHistory } from '../../storage/postgres/token-history.js'
import { markEndedUnlessLive } from '../../storage/redis/delegated-tokens.js'
import { unendedOf } from '../../storage/stores-audit/history-facts.js'
import { commit } from '../../storage/unit-of-work.js'
import { ownerOf } from '../../tokens/list.js'
import { revokeToken } from '../../tokens/revoke.js'

const actorFor = ({ check }: Pick<Finding, 'check'>) => ({
  username: OPERATOR_ACTOR,
  reason: `postern audit stores: ${check}`,
})

/** Revokes tokens that must not be valid, as their owners would. */
export async function revokeTokens(context: Context, findings: readonly Finding[]): Promise<readonly Finding[]> {
  for (const finding of findings) {
    const { subject } = finding
    const owner = isTokenKey(subject) ? await ownerOf(context, subject) : undefined
    if (!isTokenKey(subject) || owner === undefined) continue
    const revoked = await revokeToken(context, owner, subject, actorFor(finding))
    if (revoked instanceof Refusal && revoked.code !== 'not_found') throw new Error(revoked.message)
  }
  return findings
}

/** Ends the histories of tokens that are gone from both stores. Users are not told: they have lost them long ago. */
export async function endHistories(context: Context, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const now = context.clock()
  const keys = findings.map(({ subject }) => subject)
  const ended = new Set<string>()
  for (const created of await unendedOf(context.postgres, keys, { now, before: now - SETTLING }))
    if (await endHistory(context, created)) ended.add(created.token)
  return findings.filter(({ subject }) => ended.has(subject))
}

/**
 * A delegated token could be derived again at this moment, and a token in Redis may come back from a copy: it is marked as ended
 * there before its history ends, and its revocation is recorded.
 */
async function endHistory(context: Context, created: TokenHistoryEntry): Promise<boolean> {
  const { token, username, parent, expires } = created
  const isInRedis = homeOf(token) === 'redis' && expires !== undefined
  if (isInRedis && parent !== undefined && !(await markEndedUnlessLive(context.redis, token, expires))) return false
  const actor = actorFor({ check: 'history-unended' })
  await commit(context, async (work) => {
    work.invalidate(token)
    if (isInRedis) {
      const data = [{ key: token, username, delegated: parent !== undefined, expires: toDate(expires) }]
      await work.db.tokenRevocation.createMany({ data, skipDuplicates: true })
    }
    const end = { ...created, action: 'revoke' as const, actor: actor.username, at: context.clock() }
    const { actorToken: _none, address: _nowhere, old: _unchanged, ...change } = end
    await appendHistory({ ...work, notify: () => undefined }, [change], actor)
  })
  return true
}
