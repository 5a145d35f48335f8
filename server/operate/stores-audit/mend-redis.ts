import type { CheckName, Finding } from '../../core/stores-audit/checks.js'
import { readRedisKey } from '../../core/stores-audit/redis-key.js'
import { isIssuedHere, isTokenKey, type TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { keysAfter } from '../../storage/postgres/tokens.js'
import { scanKeys } from '../../storage/redis/scan-keys.js'
import { addToIndex } from '../../storage/redis/token-index.js'
import { deleteRedisToken, findRedisToken } from '../../storage/redis/tokens.js'
import { applyRevocation } from '../../storage/revocations.js'
import { expireKey, unlist } from '../../storage/stores-audit/mend-keys.js'
import { indexOfToken } from '../../storage/stores-audit/redis-tokens.js'

type Mend = (context: Context, finding: Finding) => Promise<unknown>

/** Mends findings one by one. */
const each =
  (mend: Mend) =>
  async (context: Context, findings: readonly Finding[]): Promise<readonly Finding[]> => {
    await Promise.all(findings.map((finding) => mend(context, finding)))
    return findings
  }

const deleteKey: Mend = ({ redis }, { subject }) => redis.del(subject)

export const MENDERS_OF_REDIS = {
  'index-unreadable': each(async (context, { owner = '' }) => {
    for (const kind of ['sessions', 'delegated']) await deleteUnreadable(context, `postern:${kind}:${owner}`)
  }),
  'redis-revoked': each(async ({ redis, ...context }, { subject }) => {
    const record = isTokenKey(subject) ? (await findRedisToken({ redis, ...context }, subject))?.record : undefined
    if (record?.expires === undefined) return
    const { key, username, expires, parent } = record
    await applyRevocation(redis, { key, username, expires, delegated: parent !== undefined })
  }),
  'redis-expiry': each((context, { subject }) => expireKey(context, subject)),
  'index-missing': each(async (context, { subject }) => {
    const record = isTokenKey(subject) ? (await findRedisToken(context, subject))?.record : undefined
    if (record?.expires === undefined) return
    const { key, created, expires } = record
    await addToIndex(context.redis, indexOfToken(record), { key, created, expires })
  }),
  'index-stale': each(({ redis }, { subject, owner = '' }) => unlist(redis, owner, subject)),
  'use-orphan': each(deleteKey),
} satisfies Partial<Record<CheckName, unknown>>

async function deleteUnreadable({ redis }: Context, index: string): Promise<void> {
  const isReadable = await redis.zrange(index, '0', '0').then(
    () => true,
    () => false,
  )
  if (!isReadable) await redis.del(index)
}

/**
 * Deletes what has no seal of this site, if the master secret is the site's.
 *
 * With another secret every session would look forged, and be deleted.
 */
export async function deleteForged(context: Context, findings: readonly Finding[]): Promise<readonly Finding[]> {
  if (!(await isSecretOfSite(context))) return []
  for (const { subject, check } of findings) {
    if (check === 'openid-seal') await context.redis.del(subject)
    else if (isTokenKey(subject)) await deleteRedisToken(context.redis, subject)
  }
  return findings
}

const KEYS_OF_A_SAMPLE = 1_000

/** Whether any token of the site was sealed with the master secret. */
async function isSecretOfSite(context: Context): Promise<boolean> {
  const inPostgres = await keysAfter(context.postgres, '', KEYS_OF_A_SAMPLE)
  if (inPostgres.some((key) => isIssuedHere(context.keys.tokenKeys, key))) return true
  for await (const names of scanKeys(context.redis, 'postern:*')) {
    for (const key of names.flatMap(tokenOf)) if (await findRedisToken(context, key).catch(() => undefined)) return true
  }
  return false
}

function tokenOf(name: string): TokenKey[] {
  const key = readRedisKey(name)
  return key?.holds === 'token' ? [key.token] : []
}
