// A million tokens: the sweep of idle ones, and the writing of uses, which must not pay for it.

import { recordUses } from '../../../dist/storage/postgres/tokens.js'
import { sweepIdle } from '../../../dist/tokens/sweep-idle.js'

const TOKENS = 1_000_000
const USES = 10_000
const ROUNDS = 3
const DAY = 86_400
const INDEX = 'CREATE INDEX "token_type_use_seen_idx" ON "token"("type", "use_seen")'

/** Of a thousand users; each used within the last 20 days, and seen by the sweep so far. */
export const FILL_TOKENS = `
  INSERT INTO token (key, secret_hash, type, username, name, scopes, created, last_used, use_seen)
  SELECT lpad(n::text, 21, 'm') || 'A', decode(md5(n::text), 'hex'), 'user', 'user-' || n % 1000, 'token ' || n, '{read:tap}',
    now() - interval '40 days', now() - n % 20 * interval '1 day', now() - n % 20 * interval '1 day'
  FROM generate_series($1::int, $2::int) n`

/**
 * Measures, with an idle limit of 30 days.
 * @param {import('../../../dist/storage/context.js').Context} context
 * @param {import('pg').Client} client
 * @returns {Promise<readonly (readonly [string, string])[]>}
 */
export async function measureMillionTokens(context, client) {
  for (let from = 0; from < TOKENS; from += 50_000) await client.query(FILL_TOKENS, [from + 1, from + 50_000])
  await client.query('VACUUM ANALYZE token')
  const settings = { ...context.settings, tokenPolicy: { ...context.settings.tokenPolicy, user: { idle: 30 * DAY } } }
  const sweep = () => sweepIdle({ ...context, settings })
  const nothing = await median(sweep)
  const seen = await explained(
    client,
    `SELECT key FROM token WHERE type = 'user' AND use_seen <= now() - interval '30 days'`,
  )
  const scan = await explained(
    client,
    `SELECT key FROM token WHERE type = 'user' AND greatest(last_used, used_below, created) <= now() - interval '30 days'`,
  )
  const write = async () => {
    // Spread over all pages, as the tokens that are in use at a site.
    const [step, from] = [TOKENS / USES, Math.floor(Math.random() * (TOKENS / USES))]
    const at = Math.floor(Date.now() / 1000)
    const keys = Array.from({ length: USES }, (_, index) => `${String(index * step + from + 1).padStart(21, 'm')}A`)
    await recordUses(context.postgres, new Map(keys.map((key) => [key, { at, address: '10.1.2.3', client: 'curl' }])))
  }
  const [withIndex, without] = [[], []]
  await write()
  for (let round = 0; round < ROUNDS; round++) {
    await client.query('DROP INDEX "token_type_use_seen_idx"')
    for (let again = 0; again < 3; again++) without.push(await timed(write))
    await client.query(INDEX)
    for (let again = 0; again < 3; again++) withIndex.push(await timed(write))
  }
  const before = await updates(client)
  for (let again = 0; again < 3; again++) await write()
  const after = await updates(client)
  const hot = (after.hot - before.hot) / (after.all - before.all)
  await client.query(`UPDATE token SET use_seen = 'epoch' WHERE key IN (SELECT key FROM token LIMIT 10000)`)
  const first = await timed(sweep)
  return [
    ['sweep of the idle that finds nothing', ms(nothing)],
    ['its query, by the index', ms(seen)],
    ['the query without the index, as before', ms(scan)],
    ['writing 10,000 uses, without the index', ms(middle(without))],
    ['writing 10,000 uses, with it', ms(middle(withIndex))],
    ['of them HOT, with it', `${(hot * 100).toFixed(0)} %`],
    ['first look at 10,000 tokens', ms(first)],
  ]
}

async function explained(client, query) {
  const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${query} ORDER BY key LIMIT 500`)
  return rows[0]['QUERY PLAN'][0]['Execution Time']
}

/** How many rows were updated so far, and how many of them without a change of an index. */
async function updates(client) {
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const { rows } = await client.query(
    `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = 'token'`,
  )
  return rows[0]
}

async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function median(work) {
  const times = []
  for (let run = 0; run < 20; run++) times.push(await timed(work))
  return middle(times)
}

const middle = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)]
const ms = (value) => `${value.toFixed(2)} ms`
