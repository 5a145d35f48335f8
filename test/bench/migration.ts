// Measures `postern migrate from-gafaelfawr` on 100,000 tokens: seconds, and the most memory that it takes. It runs on the compiled
// server, with stores of its own on loopback: `npm run bench:migration`; `-- --tokens N` for another number.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DAY } from '../../server/core/time.js'
import { emptyFolder, removeFolders, start } from '../operate/cli/executable.js'
import { OldSite, type OldToken } from '../support/gafaelfawr/old-site.js'
import { gafaelfawrValue } from '../support/gafaelfawr/values.js'
import { runToEnd } from '../support/run/at-end.js'
import { startRunStores } from '../support/run/run-stores.mjs'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

const { values } = parseArgs({ options: { tokens: { type: 'string', default: '100000' } } })
const TOKENS = Number(values.tokens)
const TOKENS_PER_PART = 10_000
const USERS = 2_000
const tell = (text: string) => process.stdout.write(`${text}\n`)

/** Of ten tokens four are sessions, each with a notebook token, and two are of users. */
function part(from: number, count: number): OldToken[] {
  const created = Math.floor(Date.now() / 1000) - DAY
  return Array.from({ length: Math.ceil(count / 5) }, (_, place) => from + place * 5).flatMap((number): OldToken[] => {
    const username = `user-${number % USERS}`
    const expires = created + 14 * DAY
    const sessions = [0, 1].map(() => gafaelfawrValue({ created, expires, username, token_type: 'session' }))
    const notebooks = sessions.map((parent) => ({
      value: gafaelfawrValue({ created, expires, username, token_type: 'notebook' }),
      parent,
    }))
    const user = { value: gafaelfawrValue({ created, username }), name: `token ${number}` }
    return [...sessions.map((value) => ({ value })), ...notebooks, user]
  })
}

await runToEnd(async (atEnd) => {
  const stores = await startRunStores()
  atEnd(stores.stop)
  process.env.POSTERN_TEST_DATABASE_URL = stores.databaseUrl
  process.env.POSTERN_TEST_TEMPLATE = stores.template
  process.env.POSTERN_TEST_REDIS_URL = stores.redisUrl
  const old = await OldSite.start()
  atEnd(() => old.stop())
  atEnd(async () => removeFolders())
  tell(`Filling a Gafaelfawr with ${TOKENS} tokens…`)
  for (let from = 0; from < TOKENS; from += TOKENS_PER_PART) await old.add(part(from, TOKENS_PER_PART))
  const environment = {
    DATABASE_URL: await freshDatabase(),
    REDIS_URL: await freshRedis(),
    POSTERN_SECRET: 'x'.repeat(32),
    POSTERN_DATA: emptyFolder(),
  }
  const command = [process.execPath, 'server/operate/cli/postern.mjs', 'migrate', 'from-gafaelfawr', ...old.options]
  for (const round of ['first', 'second']) {
    const begun = performance.now()
    const run = start(command, environment)
    let peak = 0
    const ended = once(run.child, 'close').then(() => true)
    while (!(await Promise.race([ended, pause(100, false)]))) peak = Math.max(peak, peakOf(run.child.pid))
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    tell(run.output())
    tell(`The ${round} run: ${seconds} s, at most ${Math.round(peak / 1024)} MB`)
  }
  return 0
})

/** The most memory that a process has had, in KB; 0 when it has ended. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
