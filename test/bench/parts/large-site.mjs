// A million tokens and ten million entries of the history: what a server of such a site takes for its pages, searches and checks.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { formatToken } from '../../../dist/core/token/token.js'
import { openSession } from '../../../dist/tokens/open-session.js'
import { sweepExpired } from '../../../dist/tokens/sweep-expired.js'
import { sweepIdle } from '../../../dist/tokens/sweep-idle.js'
import { serve } from '../../support/serve.ts'
import { fillTokens } from './fill.ts'
import { FILL_TOKENS } from './million-tokens.mjs'

const TOKENS = 1_000_000
const EVENTS = 1_000_000
const PART = 100_000
const DAY = 86_400
/** Milliseconds that a page may take. */
const MOST_MS = 1_000

/** Of 10,000 users, 500,000 tokens and sessions, over seven years. */
const HISTORY = `
  INSERT INTO token_change (token, username, token_type, token_name, scopes, actor, action, address, at, expires)
  SELECT lpad((n % 500000)::text, 21, 'x') || 'A', 'user-' || n % 10000,
    CASE WHEN n % 2 = 0 THEN 'user' ELSE 'session' END::token_type, 'x', '{read:tap}', 'user-' || n % 10000, 'create',
    ('10.' || n % 200 || '.' || n % 250 || '.7')::inet, now() - n * interval '22 seconds', now() + n * interval '1 minute'
  FROM generate_series($1::int, $2::int) n`

const AUDIT = `
  INSERT INTO audit_event (event_id, at, action, event, position, hash, actor, owner, object, address, refused)
  SELECT md5(n::text), now() - n * interval '100 seconds', action, json_build_object(
      'event', json_build_object('action', action, 'outcome', 'success'), 'user', json_build_object('name', 'user-' || n % 10000),
      'postern', json_build_object())::text,
    n::bigint + 1000000000, md5(n::text), 'user-' || n % 10000, 'user-' || n % 10000, lpad(n::text, 21, 'x') || 'A',
    ('10.' || n % 200 || '.' || n % 250 || '.7')::inet, false
  FROM generate_series($1::int, $2::int) n, LATERAL (SELECT (ARRAY['token.create','token.revoke','sign-in'])[1 + n % 3] AS action) a`

/**
 * Fills the stores and measures.
 * @param {{ context: import('../../../dist/storage/context.js').Context, client: import('pg').Client, secret: string,
 *   databaseUrl: string, redisUrl: string, rows: number }} site
 * @returns {Promise<boolean>} whether each page and call came in time
 */
export async function measureLargeSite({ context, client, secret, databaseUrl, redisUrl, rows }) {
  const tell = (text) => process.stdout.write(`${text}\n`)
  await fillWithoutIndexes(client, 'token_change', HISTORY, rows)
  tell(`${rows} entries of the history`)
  await fillWithoutIndexes(client, 'token', FILL_TOKENS, TOKENS)
  await fillWithoutIndexes(client, 'audit_event', AUDIT, EVENTS)
  tell(`${TOKENS} tokens, ${EVENTS} audit events`)
  const real = await fillTokens(context, 200, 1)
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-large-'))
  const env = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    POSTERN_SECRET: secret,
    POSTERN_BASE_URL: 'http://127.0.0.1',
  }
  const begun = performance.now()
  const server = await serve({ folder, name: 'postern', env })
  try {
    tell(`${(performance.now() - begun).toFixed(0).padStart(10)}  ms from the start to ready`)
    return await report({ context, port: server.port, real, rows }, tell)
  } finally {
    await server.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Rows first and indexes after them take a fraction of the time. */
async function fillWithoutIndexes(client, table, insert, count) {
  const { rows } = await client.query(
    `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1
     AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass)`,
    [table],
  )
  for (const { indexname } of rows) await client.query(`DROP INDEX "${indexname}"`)
  for (let from = 0; from < count; from += PART) await client.query(insert, [from + 1, Math.min(count, from + PART)])
  await client.query(`SET maintenance_work_mem = '512MB'`)
  for (const { indexdef } of rows) await client.query(indexdef)
  await client.query(`VACUUM ANALYZE ${table}`)
}

async function report({ context, port, real, rows }, tell) {
  const session = async (username, scopes) =>
    `postern=${formatToken(await openSession(context, { username, scopes, groups: [] }, {}))}`
  const [user, admin] = [
    await session('user-7', ['user:token', 'read:tap']),
    await session('root', ['user:token', 'admin:token']),
  ]
  const ask = async (path, { status = 200, ...init }) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init })
    const text = await response.text()
    if (response.status !== status) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 100)}`)
  }
  const page = (cookie, path) => () => ask(path, { headers: { cookie } })
  const history = (query) =>
    page(admin, `/auth/api/v1/history/token-changes?${new URLSearchParams({ limit: 50, ...query })}`)
  const of = (token) => ({ headers: { authorization: `Bearer ${token}` } })
  const check = (token) => ({
    headers: {
      ...of(token).headers,
      'x-original-url': 'https://data.example.org/tap',
      'x-original-method': 'GET',
    },
  })
  let at = 0
  const next = () => real[at++ % real.length]
  const middle = Math.floor(Date.now() / 1000) - rows * 11
  const settings = { ...context.settings, tokenPolicy: { ...context.settings.tokenPolicy, user: { idle: 60 * DAY } } }
  const works = {
    'token list page, of 100 tokens': page(user, '/auth/tokens'),
    'history of a user': page(user, '/auth/history'),
    'history of all, first page': page(admin, '/auth/admin/history'),
    'history of all, a page in the middle': page(admin, `/auth/admin/history?cursor=${middle}_1`),
    'history of a user, for an administrator': page(admin, '/auth/admin/history?username=user-9'),
    'history of a network, for an administrator': page(admin, '/auth/admin/history?ip_address=10.7.0.0%2F16'),
    'page of a user, for an administrator': page(admin, '/auth/admin/users/user-7'),
    'API: history of a user, with the count': history({ username: 'user-9' }),
    'API: history of a token, with the count': history({ key: `${'7'.padStart(21, 'x')}A` }),
    'API: history of a network, with the count': history({ ip_address: '10.7.0.0/16' }),
    'API: history of all, with the count': history({}),
    'audit search, all': page(admin, '/auth/admin/audit'),
    'audit search, an actor': page(admin, '/auth/admin/audit?actor=user-9'),
    'audit search, an action': page(admin, '/auth/admin/audit?action=token.revoke'),
    'audit search, a network': page(admin, '/auth/admin/audit?address=10.7.0.0%2F16'),
    'administrators’ search': page(admin, '/auth/admin?q=user-77'),
    'token-info': () => ask('/auth/api/v1/token-info', of(next())),
    'first check': async () => ask('/ingress/auth?scope=read:tap', check(next())),
    'a revocation': () => {
      const token = next()
      const key = token.slice('gt-'.length).split('.')[0]
      return ask(`/auth/api/v1/users/person-1/tokens/${key}`, { method: 'DELETE', status: 204, ...of(token) })
    },
    'a sweep of the expired that finds nothing': () => sweepExpired(context),
    'a sweep of the idle that finds nothing': () => sweepIdle({ ...context, settings }),
  }
  tell(`${'median ms'.padStart(10)}  ${'most ms'.padStart(8)}`)
  let isInTime = true
  for (const [name, work] of Object.entries(works)) {
    const times = []
    try {
      for (let run = -2; run < 9; run++) {
        const start = performance.now()
        await work()
        if (run >= 0) times.push(performance.now() - start)
      }
    } catch (error) {
      isInTime = false
      tell(`${'FAILED'.padStart(10)}  ${''.padStart(8)}  ${name}: ${error.message}`)
      continue
    }
    times.sort((a, b) => a - b)
    const median = times[times.length >> 1]
    isInTime &&= median <= MOST_MS
    const mark = median > MOST_MS ? '  SLOW' : ''
    tell(`${median.toFixed(1).padStart(10)}  ${times.at(-1).toFixed(1).padStart(8)}  ${name}${mark}`)
  }
  return isInTime
}
