import { randomBytes } from 'node:crypto'
import type { CheckName } from '../../../../server/core/stores-audit/checks.js'
import { mintToken, parseToken, type Token, type TokenKey } from '../../../../server/core/token/token.js'
import { chainEvents } from '../../../../server/operate/jobs/audit.js'
import { replaceQuotaOverrides } from '../../../../server/storage/quota-overrides.js'
import { findRedisToken, storedForm, tokenAt, useAt } from '../../../../server/storage/redis/tokens.js'
import { authenticate } from '../../../../server/tokens/authenticate.js'
import { delegate } from '../../../../server/tokens/delegate.js'
import type { RunningPostern } from '../../../support/postern.js'

/** What a broken store is found by: the names of checks, each with its subject. */
export interface Broken {
  readonly found: readonly (readonly [CheckName, string])[]
  /** Mends what the audit does not. */
  readonly undo?: () => Promise<unknown>
}

/** Breaks something of its own in the stores of a site. */
type Breaking = (site: RunningPostern) => Promise<Broken>

export const keyOf = (token: string) => token.slice(3, 25) as TokenKey
const name = () => `u${randomBytes(5).toString('hex')}`
const hash = () => randomBytes(32).toString('base64url')
const SOON = "now() + interval '1 hour'"

const query = (site: RunningPostern, text: string, ...values: unknown[]) =>
  site.context.postgres.pool.query(text, values)

/** The token that is delegated from another, for a notebook. */
export async function notebook(site: RunningPostern, token: string): Promise<Token> {
  const parent = await authenticate(site.context, parseToken(token) as Token)
  return (await delegate(site.context, parent as never, { type: 'notebook' })) as Token
}

/** Adds an end to the history of a token that lives. */
const endHistory = (site: RunningPostern, key: string) =>
  query(
    site,
    `INSERT INTO token_change (token, username, token_type, scopes, expires, actor, action, at)
     SELECT token, username, token_type, scopes, expires, actor, 'revoke', at FROM token_change
     WHERE token = $1 AND action = 'create'`,
    key,
  )

const person = (site: RunningPostern, username: string, subject: string | null, issuer = 'https://id.example') =>
  query(
    site,
    "INSERT INTO person (username, provider, issuer, subject, signed_in) VALUES ($1, 'site', $2, $3, now())",
    username,
    issuer,
    subject,
  )
const noPerson = (site: RunningPostern, username: string) => () =>
  query(site, 'DELETE FROM person WHERE username = $1', username)
const noToken = (site: RunningPostern, key: string) => async () => {
  await query(site, 'DELETE FROM token_change WHERE token = $1', key)
  await query(site, 'DELETE FROM notice WHERE token = $1', key)
  await query(site, 'DELETE FROM token WHERE key = $1', key)
}

/** Every way to break the stores that a check names. */
export const BREAKINGS: Readonly<Record<string, Breaking>> = {
  'a session with more scopes': async (site) => {
    const key = keyOf(await site.session(name()))
    const text = (await site.context.redis.get(tokenAt(key))) ?? ''
    await site.context.redis.set(tokenAt(key), text.replace('"scopes":[', '"scopes":["admin:token",'), 'KEEPTTL')
    return { found: [['redis-seal', key]] }
  },
  'a record of another type': async (site) => {
    const key = keyOf(await site.session(name()))
    await site.context.redis.del(tokenAt(key))
    await site.context.redis.zadd(tokenAt(key), 1, 'x')
    await site.context.redis.expire(tokenAt(key), 3600)
    return { found: [['redis-seal', key]] }
  },
  'a key of another site': async (site) => {
    const { redis, keys } = site.context
    const { key } = mintToken('redis', randomBytes, randomBytes(32))
    const stored = await findRedisToken(site.context, keyOf(await site.session(name())))
    const record = { ...stored?.record, key } as never
    await redis.set(tokenAt(key), storedForm(keys, record, randomBytes(32)), 'EX', 3600)
    return { found: [['redis-key', key]] }
  },
  'a session that came back after its revocation': async (site) => {
    const username = name()
    const key = keyOf(await site.session(username))
    await query(site, `INSERT INTO token_revocation VALUES ($1, $2, false, ${SOON})`, key, username)
    return { found: [['redis-revoked', key]] }
  },
  'a session whose history has ended': async (site) => {
    const key = keyOf(await site.session(name()))
    await endHistory(site, key)
    return { found: [['redis-ended', key]] }
  },
  'a delegated token whose history has ended': async (site) => {
    const { key } = await notebook(site, await site.session(name()))
    await endHistory(site, key)
    return { found: [['redis-ended', key]] }
  },
  'a session without a history': async (site) => {
    const key = keyOf(await site.session(name()))
    await query(site, 'DELETE FROM token_change WHERE token = $1', key)
    return { found: [['redis-history', key]] }
  },
  'a delegated token without its parent': async (site) => {
    const parent = await site.token(name(), { scopes: ['read:tap'] })
    const { key } = await notebook(site, parent)
    await noToken(site, keyOf(parent))()
    return { found: [['redis-orphan', key]] }
  },
  'a session that never goes': async (site) => {
    const key = keyOf(await site.session(name()))
    await site.context.redis.persist(tokenAt(key))
    return { found: [['redis-expiry', key]] }
  },
  'an index that never goes': async (site) => {
    const username = name()
    await site.session(username)
    await site.context.redis.persist(`postern:sessions:${username}`)
    return { found: [['redis-expiry', `postern:sessions:${username}`]] }
  },
  'a counter that never goes': async (site) => {
    const counter = `postern:quota:${name()}:5:tap`
    await site.context.redis.set(counter, '5')
    return { found: [['redis-expiry', counter]] }
  },
  'a mark that never goes': async (site) => {
    const mark = `postern:openid-used:{${hash()}}`
    await site.context.redis.set(mark, '1')
    return { found: [['redis-expiry', mark]] }
  },
  'a session that is not listed': async (site) => {
    const username = name()
    const key = keyOf(await site.session(username))
    await site.context.redis.zrem(`postern:sessions:${username}`, key)
    return { found: [['index-missing', key]] }
  },
  'a delegated token that is listed by another end': async (site) => {
    const username = name()
    const { key } = await notebook(site, await site.session(username))
    await site.context.redis.zadd(`postern:delegated:${username}`, site.now() + 5, key)
    return { found: [['index-missing', key]] }
  },
  'an index that lists what is not there': async (site) => {
    const username = name()
    await site.session(username)
    const { key } = mintToken('redis', randomBytes, site.context.keys.tokenKeys[0])
    await site.context.redis.zadd(`postern:sessions:${username}`, site.now() + 3600, key)
    return { found: [['index-stale', key]] }
  },
  'an index that is none': async (site) => {
    const username = name()
    const key = keyOf(await site.session(username))
    const index = `postern:sessions:${username}`
    await site.context.redis.del(index)
    await site.context.redis.set(index, 'x', 'EX', 3600)
    return {
      found: [
        ['index-unreadable', index],
        ['index-missing', key],
      ],
    }
  },
  'a last use of no token': async (site) => {
    const at = useAt(mintToken('redis', randomBytes, site.context.keys.tokenKeys[0]).key)
    await site.context.redis.set(at, '{"at":1}', 'EX', 3600)
    return { found: [['use-orphan', at]] }
  },
  'a forged refresh token': async (site) => {
    const at = `postern:openid:{${hash()}}`
    await site.context.redis.set(at, `{"mac":"${hash()}","v":1,"accountId":"root"}`, 'EX', 3600)
    return { found: [['openid-seal', at]] }
  },
  'a user token whose history has ended': async (site) => {
    const key = keyOf(await site.token(name()))
    await endHistory(site, key)
    return { found: [['postgres-ended', key]] }
  },
  'an imported token without its parent': async (site) => {
    const key = keyOf(await site.token(name()))
    const parent = mintToken('postgres', randomBytes, randomBytes(32)).key
    await query(site, 'UPDATE token SET parent = $2 WHERE key = $1', key, parent)
    return { found: [['postgres-orphan', key]] }
  },
  'a token and a history from elsewhere': async (site) => {
    const [alive, gone] = [
      mintToken('postgres', randomBytes, randomBytes(32)),
      mintToken('postgres', randomBytes, randomBytes(32)),
    ]
    const old = keyOf(await site.token(name()))
    await query(site, 'UPDATE token SET key = $2 WHERE key = $1', old, alive.key)
    // Its source has it, and the import has not come to it yet.
    await query(site, 'UPDATE token_change SET token = $2 WHERE token = $1', old, gone.key)
    await query(site, 'UPDATE notice SET token = $2 WHERE token = $1', old, alive.key)
    await query(
      site,
      "INSERT INTO token_import (key, source, fingerprint, at) VALUES ($1, 'gafaelfawr', '', now())",
      alive.key,
    )
    return { found: [] }
  },
  'an imported token that is gone': async (site) => {
    const [{ key }, old] = [mintToken('postgres', randomBytes, randomBytes(32)), keyOf(await site.token(name()))]
    await query(site, 'DELETE FROM token WHERE key = $1', old)
    await query(site, 'UPDATE token_change SET token = $2 WHERE token = $1', old, key)
    await query(site, 'UPDATE notice SET token = $2 WHERE token = $1', old, key)
    await query(
      site,
      "INSERT INTO token_import (key, source, fingerprint, at) VALUES ($1, 'gafaelfawr', '', now())",
      key,
    )
    return { found: [['history-unended', key]] }
  },
  'a user token without a history': async (site) => {
    const key = keyOf(await site.token(name()))
    await query(site, 'DELETE FROM token_change WHERE token = $1', key)
    return { found: [['postgres-history', key]], undo: noToken(site, key) }
  },
  'a user token with more scopes': async (site) => {
    const key = keyOf(await site.token(name()))
    await query(site, "UPDATE token SET scopes = scopes || '{exec:admin}' WHERE key = $1", key)
    return { found: [['postgres-differs', key]], undo: noToken(site, key) }
  },
  'a user token with a later end': async (site) => {
    const key = keyOf(await site.token(name(), { expires: site.now() + 86_400 }))
    await query(site, 'UPDATE token SET expires = NULL WHERE key = $1', key)
    return { found: [['postgres-differs', key]], undo: noToken(site, key) }
  },
  'a planted user token': async (site) => {
    const old = keyOf(await site.token(name()))
    const { key } = mintToken('postgres', randomBytes, randomBytes(32))
    await query(site, 'UPDATE token SET key = $2 WHERE key = $1', old, key)
    await query(site, 'UPDATE token_change SET token = $2 WHERE token = $1', old, key)
    await query(site, 'UPDATE notice SET token = $2 WHERE token = $1', old, key)
    return { found: [['postgres-key', key]], undo: noToken(site, key) }
  },
  'a scope of no setting': async (site) => {
    const key = keyOf(await site.token(name()))
    await query(site, "UPDATE token SET scopes = '{no:such}' WHERE key = $1", key)
    await query(site, "UPDATE token_change SET scopes = '{no:such}' WHERE token = $1", key)
    return { found: [['token-scope', key]], undo: noToken(site, key) }
  },
  'a user token that is gone': async (site) => {
    const key = keyOf(await site.token(name()))
    await query(site, 'DELETE FROM token WHERE key = $1', key)
    return { found: [['history-unended', key]] }
  },
  'a session that is gone': async (site) => {
    const username = name()
    const key = keyOf(await site.session(username))
    await site.context.redis.del(tokenAt(key))
    return {
      found: [
        ['history-unended', key],
        ['index-stale', key],
      ],
    }
  },
  'a delegated token that is gone': async (site) => {
    const { key } = await notebook(site, await site.session(name()))
    await site.context.redis.del(tokenAt(key))
    return {
      found: [
        ['history-unended', key],
        ['index-stale', key],
      ],
    }
  },
  'a user name of two sources': async (site) => {
    const username = name()
    await site.account(username)
    await person(site, username, username)
    return { found: [['name-twice', username]], undo: noPerson(site, username) }
  },
  'a user name in capitals': async (site) => {
    const username = name()
    await person(site, username, username)
    await person(site, username.toUpperCase(), username.toUpperCase())
    const undo = async () => {
      await noPerson(site, username)()
      await noPerson(site, username.toUpperCase())()
    }
    return { found: [['name-case', `${username.toUpperCase()} ${username}`]], undo }
  },
  'half an identity': async (site) => {
    const username = name()
    await person(site, username, null)
    return { found: [['identity-half', username]], undo: noPerson(site, username) }
  },
  'an identity of another history': async (site) => {
    const username = name()
    await person(site, username, 'thief')
    await query(
      site,
      `INSERT INTO identity_change (username, action, provider, issuer, subject, actor, at)
       VALUES ($1, 'bind', 'site', 'https://id.example', $1, $1, now())`,
      username,
    )
    return { found: [['identity-history', username]], undo: noPerson(site, username) }
  },
  'a refusal of an owner': async (site) => {
    const username = name()
    await person(site, username, username)
    await query(
      site,
      `INSERT INTO identity_refusal (username, provider, issuer, subject, first, last, count)
       VALUES ($1, 'site', 'https://id.example', $1, now(), now(), 1)`,
      username,
    )
    return { found: [['identity-refused', username]] }
  },
  'uses of no token': async (site) => {
    const { key } = mintToken('postgres', randomBytes, randomBytes(32))
    await query(
      site,
      "INSERT INTO token_use VALUES ($1, current_date, '192.0.2.1', 'curl', $2, now(), now(), 1)",
      key,
      name(),
    )
    return { found: [['use-row', key]] }
  },
  'a notice of no token': async (site) => {
    const { key } = mintToken('redis', randomBytes, randomBytes(32))
    await query(
      site,
      'INSERT INTO notice (username, kind, token, facts, at) VALUES ($1, \'signIn\', $2, \'{"type":"session"}\', now())',
      name(),
      key,
    )
    return { found: [['notice-row', key]] }
  },
  'a consent of no user': async (site) => {
    const username = name()
    await query(
      site,
      `INSERT INTO oidc_client (client_id, description, redirect_uris, post_logout_uris, created, last_modified, last_modified_by)
       VALUES ('wiki', 'Wiki', '{}', '{}', now(), now(), 'root') ON CONFLICT DO NOTHING`,
    )
    await query(
      site,
      `INSERT INTO oidc_consent (username, client_id, scopes, hosts, granted) VALUES ($1, 'wiki', '{openid}', '{}', now())`,
      username,
    )
    return { found: [['consent-orphan', username]] }
  },
  'a client that waits for no session': async (site) => {
    const { key } = mintToken('redis', randomBytes, randomBytes(32))
    await query(site, `INSERT INTO oidc_session VALUES ($1, 'wiki', $2, ${SOON})`, key, name())
    return { found: [['client-session', key]] }
  },
  'a device that was approved by no user': async (site) => {
    const id = hash()
    await query(
      site,
      `INSERT INTO device_login (id, user_code, client_id, scope, program, status, created, expires)
       VALUES ($1, $1, 'x', '', 'x', 'approved', now(), ${SOON})`,
      id,
    )
    return { found: [['device-login', id]] }
  },
  'a revocation past its end': async (site) => {
    const { key } = mintToken('redis', randomBytes, randomBytes(32))
    await query(site, "INSERT INTO token_revocation VALUES ($1, $2, false, now() - interval '2 days')", key, name())
    return { found: [['past-end', 'token_revocation']] }
  },
  'a client that was never told': async (site) => {
    const { key } = mintToken('redis', randomBytes, randomBytes(32))
    await query(site, "INSERT INTO oidc_session VALUES ($1, 'wiki', $2, now() - interval '2 days')", key, name())
    return { found: [['past-end', 'oidc_session']] }
  },
  'a signing key of another secret': async (site) => {
    const kid = name()
    await query(site, "INSERT INTO oidc_key (sealed, created, kid) VALUES ('junk', now(), $1)", kid)
    return {
      found: [['openid-key', kid]],
      undo: () => query(site, 'DELETE FROM oidc_key WHERE kid = $1', kid),
    }
  },
  'quota overrides by hand': async (site) => {
    const { redis } = site.context
    await replaceQuotaOverrides(site.context, { bypass: ['users'] }, { username: 'root' })
    await redis.set('postern:quota-overrides', '{"bypass":["operators"]}')
    return {
      found: [['quota-overrides', 'postern:quota-overrides']],
      undo: () => redis.set('postern:quota-overrides', '{"bypass":["users"]}'),
    }
  },
  'an audit event that was edited': async (site) => {
    await chainEvents(site.context)
    const { rows } = await query(
      site,
      'SELECT position, event FROM audit_event WHERE position IS NOT NULL ORDER BY position LIMIT 1',
    )
    const { position, event } = rows[0] as { position: string; event: string }
    await query(site, 'UPDATE audit_event SET event = $2 WHERE position = $1', position, 'edited')
    return {
      found: [['audit-chain', position]],
      undo: () => query(site, 'UPDATE audit_event SET event = $2 WHERE position = $1', position, event),
    }
  },
}
