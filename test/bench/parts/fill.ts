import { randomBytes } from 'node:crypto'
import type { Scope } from '../../../server/core/token/scope.js'
import { formatToken, hashSecret, mintToken } from '../../../server/core/token/token.js'
import type { Context } from '../../../server/storage/context.js'
import { openSession } from '../../../server/tokens/open-session.js'

const OWNERS = 1_000
/** Two more, who have as many tokens as their pages list. */
const LISTED = 2
const SCOPES = ['read:tap', 'user:token'] as Scope[]

/** Accounts that share the tokens out among themselves, in a group that gives them what the tokens have. */
export async function fillAccounts({ postgres }: Context): Promise<void> {
  await postgres.pool.query(
    `INSERT INTO account (username, password_hash, name, email, uid, gid, created)
     SELECT 'person-' || n, 'none', 'Person ' || n, 'person-' || n || '@example.org', 200000 + n, 200000 + n, now()
     FROM generate_series(1, ${OWNERS + LISTED}) n`,
  )
  await postgres.pool.query(`INSERT INTO local_group (name, gid) VALUES ('users', 5000) ON CONFLICT DO NOTHING`)
  await postgres.pool.query(
    `INSERT INTO local_group_member (username, group_name) SELECT 'person-' || n, 'users' FROM generate_series(1, ${OWNERS + LISTED}) n`,
  )
}

/** The owner of the user token at a place in the list that {@link fillTokens} makes, when it is shared out. */
export const ownerOfFilled = (at: number): string => `person-${1 + ((at + 1) % OWNERS)}`

/**
 * Makes so many user tokens, as fast as the database takes them: of one owner, or shared out among the first thousand. They are from
 * whole seconds, as the server's own, and their names are as long as users'.
 */
export async function fillTokens({ postgres, keys }: Context, count: number, owner?: number): Promise<string[]> {
  const texts: string[] = []
  for (let from = 0; from < count; from += 10_000) {
    const minted = Array.from({ length: Math.min(10_000, count - from) }, () =>
      mintToken('postgres', randomBytes, keys.tokenKeys[0]),
    )
    await postgres.pool.query(
      `INSERT INTO token (key, secret_hash, type, username, name, scopes, created)
       SELECT key, hash, 'user', 'person-' || coalesce($4::int, 1 + n % ${OWNERS}), 'token ' || left(key, 8), $3, date_trunc('second', now())
       FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS made (key, hash, n)`,
      [minted.map(({ key }) => key), minted.map(({ secret }) => hashSecret(secret)), SCOPES, owner ?? null],
    )
    texts.push(...minted.map(formatToken))
  }
  await postgres.pool.query('ANALYZE token')
  return texts
}

/** Makes an owner of so many user tokens and one session, which it returns. */
export async function fillListed(context: Context, which: 1 | 2, count: number): Promise<string[]> {
  await fillTokens(context, count, OWNERS + which)
  const owner = { username: `person-${OWNERS + which}`, scopes: SCOPES, groups: ['users'] }
  return [formatToken(await openSession(context, owner, {}))]
}

export async function fillSessions(context: Context, count: number): Promise<string[]> {
  const texts: string[] = []
  while (texts.length < count) {
    const some = Array.from({ length: Math.min(8, count - texts.length) }, (_, index) => {
      const username = `person-${1 + ((texts.length + index) % OWNERS)}`
      return openSession(context, { username, scopes: SCOPES, groups: ['users'] }, {})
    })
    texts.push(...(await Promise.all(some)).map(formatToken))
  }
  return texts
}
