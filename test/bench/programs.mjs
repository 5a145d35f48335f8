// Measures loading 100,000 programs, loading them again, and finding among them. Prints the seconds, and for how long a
// check would have waited at most meanwhile. Run with `npm run bench:programs`, on the compiled server, with stores of its own
// on loopback.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { readRows } from '../../dist/api/ndjson.js'
import { Secret } from '../../dist/core/token/secret.js'
import { accessTo } from '../../dist/programs/access.js'
import { findByText, programsOf } from '../../dist/programs/list.js'
import { loadPrograms } from '../../dist/programs/load.js'
import { openPostgres } from '../../dist/storage/postgres/client.js'
import { migrate } from '../../dist/storage/postgres/migrate.js'
import { startRunStores } from '../support/run/run-stores.mjs'

const PROGRAMS = 100_000
const SCOPE = 'exclusive_access'

const stores = await startRunStores()
const postgres = openPostgres(new Secret(stores.databaseUrl), () => undefined)
const now = Math.floor(Date.now() / 1000)
const context = { postgres, clock: () => now, settings: { programs: { scope: SCOPE } } }
const holder = { username: 'pi-7', scopes: [SCOPE] }
try {
  await migrate(stores.databaseUrl)
  await measure('load 100,000 programs', () => load(''))
  await measure('load them again', () => load(''))
  await measure('load them with every title changed', () => load(' again'))
  await measure('answer for 1,000 of them', () => accessTo(context, holder, ids(1_000)))
  await measure('list those of one investigator', () => programsOf(context, holder))
  await measure('search by a word in the title', () => findByText(context, 'galaxy 99', 50))
} finally {
  await postgres.close()
  await stores.stop()
}

function ids(count) {
  return Array.from({ length: count }, (_, n) => `P-${n}`)
}

function load(more) {
  return loadPrograms(context, readRows(Readable.from(body(more)), Number.MAX_SAFE_INTEGER), { username: 'archive' })
}

/** In pieces of the size in which a socket has them. */
function* body(more) {
  let piece = ''
  for (let n = 0; n < PROGRAMS; n++) {
    const investigators = [
      { username: `pi-${n % 5_000}`, role: 'pi' },
      { email: `co-i-${n % 20_000}@example.org`, role: 'co-i' },
      { email: `co-i-${(n * 7) % 20_001}@example.net`, role: 'co-i' },
    ]
    const row = {
      id: `P-${n}`,
      title: `A survey of galaxy ${n}${more}`,
      period_end: now + n - PROGRAMS / 2,
      investigators,
    }
    piece += `${JSON.stringify(row)}\n`
    if (piece.length < 65_536) continue
    yield Buffer.from(piece)
    piece = ''
  }
  yield Buffer.from(piece)
}

async function measure(name, work) {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const start = performance.now()
  await work()
  const seconds = ((performance.now() - start) / 1000).toFixed(2)
  delay.disable()
  process.stdout.write(
    `${seconds.padStart(8)} s  longest wait ${(delay.max / 1e6).toFixed(0).padStart(4)} ms  ${name}\n`,
  )
}
