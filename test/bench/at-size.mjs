// Lists and history pages at size: one user with 10,000 tokens, a history of 1,000,000 rows. Prints what each takes; run
// with `npm run bench:size`, on the compiled server, with stores of its own on loopback.
import { randomBytes } from 'node:crypto'
import { Secret } from '../../dist/core/secret.js'
import { countChanges, searchChanges } from '../../dist/stores/change-search.js'
import { migrate } from '../../dist/stores/migrate.js'
import { openPostgres } from '../../dist/stores/postgres.js'
import { openRedis } from '../../dist/stores/redis.js'
import { listUserTokens } from '../../dist/stores/user-tokens.js'
import { listTokens } from '../../dist/tokens/list.js'
import { startRunStores } from '../support/run-stores.mjs'

const TOKENS = 10_000
const CHANGES = 1_000_000
const RUNS = 15

const stores = await startRunStores()
const postgres = openPostgres(new Secret(stores.databaseUrl), () => undefined)
const redis = openRedis(new Secret(stores.redisUrl), () => undefined)
const now = Math.floor(Date.now() / 1000)
const context = { postgres, redis, clock: () => now, random: randomBytes }
try {
  await redis.connect()
  await migrate(stores.databaseUrl)
  await fill()
  await report()
} finally {
  await postgres.close()
  redis.disconnect()
  await stores.stop()
}

async function fill() {
  await postgres.pool.query(
    `INSERT INTO token (key, secret_hash, type, username, name, scopes, created)
     SELECT lpad(n::text, 21, 'x') || 'A', '\\x00', 'user', 'ada', 'token ' || n, '{read:tap}', now() - n * interval '1 minute'
     FROM generate_series(1, ${TOKENS}) n`,
  )
  const client = await postgres.pool.connect()
  await client.query('SET statement_timeout = 0')
  for (let from = 0; from < CHANGES; from += 50_000) {
    await client.query(
      `INSERT INTO token_change (token, username, token_type, token_name, scopes, actor, action, address, at)
       SELECT lpad((n % 50000)::text, 21, 'x') || 'A', 'user-' || n % 1000, 'user', 'x', '{read:tap}', 'user-' || n % 1000, 'create',
         ('10.' || n % 200 || '.' || n % 250 || '.7')::inet, now() - n * interval '20 seconds'
       FROM generate_series(${from + 1}, ${from + 50_000}) n`,
    )
  }
  client.release()
  await postgres.pool.query('ANALYZE token')
  await postgres.pool.query('ANALYZE token_change')
}

async function report() {
  const middle = { at: now - 10_000_000, id: '1', backwards: false }
  const page = (filter, cursor) => searchChanges(postgres, filter, { limit: 50, ...(cursor && { cursor }) })
  const works = {
    'token list page, 10,000 tokens': () => listUserTokens(postgres, 'ada'),
    'API list, 10,000 tokens': () => listTokens(context, 'ada'),
    'history, first page': () => page({}),
    'history, a page in the middle': () => page({}, middle),
    'history of one user': () => page({ username: 'user-7' }),
    'history of one token': () => page({ key: `${'7'.padStart(21, 'x')}A` }),
    'history of a network': () => page({ address: '10.7.0.0/16' }),
    'history of an address of one user': () => page({ username: 'user-7', address: '10.7.7.7' }),
    'count of one user': () => countChanges(postgres, { username: 'user-7' }),
    'count of everything': () => countChanges(postgres, {}),
  }
  process.stdout.write(`${'median ms'.padStart(10)}  ${'most ms'.padStart(8)}\n`)
  for (const [name, work] of Object.entries(works)) {
    const times = []
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now()
      await work()
      times.push(performance.now() - start)
    }
    times.sort((a, b) => a - b)
    process.stdout.write(
      `${times[RUNS >> 1].toFixed(1).padStart(10)}  ${times.at(-1).toFixed(1).padStart(8)}  ${name}\n`,
    )
  }
}
