// Lists and history pages at size: one user with 10,000 tokens, a history of 1,000,000 rows. Prints what each takes, asked
// for over HTTP as browsers and programs ask; run with `npm run bench:size`, on the compiled server, with stores of its own
// on loopback. `npm run bench:size -- tokens` has a million tokens instead: what sweep and uses take;
// `npm run bench:size -- history` has them with 10,000,000 entries of the history, by a server of its own; `--rows` for fewer.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createApp } from '../../dist/app.js'
import { ProcessCounters } from '../../dist/core/process-counters.js'
import { systemClock } from '../../dist/core/time.js'
import { Secret } from '../../dist/core/token/secret.js'
import { formatToken } from '../../dist/core/token/token.js'
import { openLog } from '../../dist/operate/observability/log.js'
import { createServingContext } from '../../dist/serve.js'
import { deriveKeys } from '../../dist/settings/keys.js'
import { settingsSchema } from '../../dist/settings/schema.js'
import { createContext } from '../../dist/storage/context.js'
import { openPostgres } from '../../dist/storage/postgres/client.js'
import { migrate } from '../../dist/storage/postgres/migrate.js'
import { openRedis } from '../../dist/storage/redis/client.js'
import { openSession } from '../../dist/tokens/open-session.js'
import { sweepExpired } from '../../dist/tokens/sweep-expired.js'
import { startRunStores } from '../support/run/run-stores.mjs'
import { measureLargeSite } from './parts/large-site.mjs'
import { measureMillionTokens } from './parts/million-tokens.mjs'

const TOKENS = 10_000
const CHANGES = 1_000_000
const RUNS = 25
/** Before the counting begins, so that it is the server that is measured and not its compiler. */
const WARM_UP = 5

/** From one number to another: of a thousand users, tokens and sessions, over seven months. */
const HISTORY = `
  INSERT INTO token_change (token, username, token_type, token_name, scopes, actor, action, address, at, expires)
  SELECT lpad((n % 50000)::text, 21, 'x') || 'A', 'user-' || n % 1000,
    CASE WHEN n % 2 = 0 THEN 'user' ELSE 'session' END::token_type, 'x', '{read:tap}', 'user-' || n % 1000, 'create',
    ('10.' || n % 200 || '.' || n % 250 || '.7')::inet, now() - n * interval '20 seconds', now() + n * interval '1 minute'
  FROM generate_series($1::int, $2::int) n`

const secret = randomBytes(32).toString('hex')
const stores = await startRunStores()
const settings = settingsSchema.parse({ baseUrl: 'http://127.0.0.1:8080' })
const context = createServingContext(
  createContext({
    settings,
    log: openLog(settings),
    keys: deriveKeys([new Secret(secret)]),
    postgres: openPostgres(new Secret(stores.databaseUrl), () => undefined),
    redis: openRedis(new Secret(stores.redisUrl), () => undefined),
    clock: systemClock,
    random: randomBytes,
    counters: new ProcessCounters(),
  }),
)
const { postgres, redis } = context
const app = createApp(context)
const server = createServer(app.classes, app)
try {
  await redis.connect()
  await migrate(stores.databaseUrl)
  if (process.argv.includes('tokens')) await withClient(reportTokens)
  else if (process.argv.includes('history')) await withClient(reportLargeSite)
  else {
    await withClient(fill)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    await report(`http://127.0.0.1:${server.address().port}/auth`)
  }
} finally {
  server.closeAllConnections()
  server.close()
  await postgres.close()
  redis.disconnect()
  await stores.stop()
}

/** By a connection of its own: those of the server give up a query that takes as long as these may. */
async function withClient(work) {
  const client = new pg.Client({ connectionString: stores.databaseUrl })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

async function fill(client) {
  await client.query(
    `INSERT INTO token (key, secret_hash, type, username, name, scopes, created)
     SELECT lpad(n::text, 21, 'x') || 'A', '\\x00', 'user', 'ada', 'token ' || n, '{read:tap}', now() - n * interval '1 minute'
     FROM generate_series(1, ${TOKENS}) n`,
  )
  for (let from = 0; from < CHANGES; from += 50_000) await client.query(HISTORY, [from + 1, from + 50_000])
  for (const table of ['token', 'token_change']) await client.query(`VACUUM ANALYZE ${table}`)
}

async function reportTokens(client) {
  for (const [name, figure] of await measureMillionTokens(context, client))
    process.stdout.write(`${figure.padStart(12)}  ${name}\n`)
}

async function reportLargeSite(client) {
  const { databaseUrl, redisUrl } = stores
  const { values } = parseArgs({ options: { rows: { type: 'string' } }, allowPositionals: true })
  const site = { context, client, secret, databaseUrl, redisUrl, rows: Number(values.rows ?? 10_000_000) }
  if (!(await measureLargeSite(site))) process.exitCode = 1
}

async function report(base) {
  const session = async (username, scopes) => {
    const headers = {
      cookie: `postern=${formatToken(await openSession(context, { username, scopes, groups: [] }, {}))}`,
    }
    return (path) => async () => {
      const response = await fetch(base + path, { headers })
      const text = await response.text()
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${text}`)
    }
  }
  const ada = await session('ada', ['user:token', 'read:tap'])
  const admin = await session('root', ['user:token', 'admin:token'])
  const history = (query) => admin(`/api/v1/history/token-changes?${new URLSearchParams(query)}`)
  const middle = Math.floor(Date.now() / 1000) - 10_000_000
  const limit = 50
  const works = {
    'Security Tokens, first page': ada('/tokens'),
    'Security Tokens, last page': ada(`/tokens?from=${TOKENS - 100}`),
    'the page of an administrator': admin('/admin/users/ada'),
    'the API’s list of all': ada('/api/v1/users/ada/tokens'),
    'a sweep that finds nothing': () => sweepExpired(context),
    'history, first page': admin('/admin/history'),
    'history, a page in the middle': admin(`/admin/history?cursor=${middle}_1`),
    'history of one user, with their count': history({ username: 'user-7', limit }),
    'history of one token, with its count': history({ key: `${'7'.padStart(21, 'x')}A`, limit }),
    'history of a network, with its count': history({ ip_address: '10.7.0.0/16', limit }),
    'history of an address of one user, with its count': history({ username: 'user-7', ip_address: '10.7.7.7', limit }),
    'history of everybody, with the count': history({ limit }),
  }
  process.stdout.write(`${'median ms'.padStart(10)}  ${'most ms'.padStart(8)}\n`)
  for (const [name, work] of Object.entries(works)) {
    const times = []
    for (let run = -WARM_UP; run < RUNS; run++) {
      const start = performance.now()
      await work()
      if (run >= 0) times.push(performance.now() - start)
    }
    times.sort((a, b) => a - b)
    const columns = [times[RUNS >> 1].toFixed(1).padStart(10), times.at(-1).toFixed(1).padStart(8), name]
    process.stdout.write(`${columns.join('  ')}\n`)
  }
}
