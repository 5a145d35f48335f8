import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { countQueries } from '../../bench/query-count.js'
import { bearer, Caller, checkOf, type Question } from '../../support/clients/caller.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'

const TIMES = 6
const QUERY = 'scope=read:tap'
const DELEGATE = `${QUERY}&delegate_to=portal&delegate_scope=read:tap`

let postern: RunningPostern
let relays: Relay[]
const queries = countQueries()
let commands: string[] = []
let caller: Caller

beforeAll(async () => {
  const toPostgres = await startRelay(await freshDatabase(), { onSent: (...sent) => queries.ofPostgres(...sent) })
  const toRedis = await startRelay(await freshRedis(), { onSent: (chunk) => commands.push(...commandsIn(chunk)) })
  relays = [toPostgres, toRedis]
  postern = await startPostern({ databaseUrl: toPostgres.url, redisUrl: toRedis.url, logLevel: 'info' })
  caller = new Caller(postern.port)
  // Connections are open and statements prepared.
  await ask(checkOf(DELEGATE, bearer(await postern.token('grace'))))
  await ask(checkOf(QUERY, { Cookie: `postern=${await postern.session('grace')}` }))
})
afterAll(async () => {
  caller.close()
  await postern.stop()
  for (const relay of relays) await relay.stop()
})

async function ask(question: Question): Promise<number> {
  const reply = await caller.ask(question)
  if (reply instanceof Error) throw reply
  return reply.status
}

/** The names of the commands in what a client of Redis sent, without those of the heartbeats. */
function commandsIn(chunk: Buffer): string[] {
  const all = [...chunk.toString('latin1').matchAll(/(?<![^\n])\*\d+\r\n\$\d+\r\n([a-z]+)\r\n/gi)]
  return all.map(([, name = '']) => name.toLowerCase()).filter((name) => !/^(?:publish|ping|subscribe)$/.test(name))
}

interface Asked {
  readonly statements: number
  readonly commands: readonly string[]
}

/** What the stores are asked for a piece of work: of several times the least, because jobs ask beside it. */
async function asked(work: (time: number) => Promise<unknown>): Promise<Asked> {
  let least: Asked = { statements: Number.POSITIVE_INFINITY, commands: [] }
  for (let time = 0; time < TIMES; time++) {
    const before = queries.count()
    commands = []
    await work(time)
    const found = { statements: queries.count() - before, commands }
    if (found.statements + found.commands.length < least.statements + least.commands.length) least = found
  }
  return least
}
async function tokens(count = TIMES): Promise<string[]> {
  const made: string[] = []
  for (let each = 0; each < count; each++) made.push(await postern.token('ada'))
  return made
}

it('a first check of a user token is one statement, of the token with its owner', async () => {
  const fresh = await tokens()
  const found = await asked((time) => ask(checkOf(QUERY, bearer(fresh[time] ?? ''))))
  expect(found).toEqual({ statements: 1, commands: [] })
})

it('a first check of a session is one command, and two statements, of its revocation and of its owner', async () => {
  const fresh: string[] = []
  for (let each = 0; each < TIMES; each++) fresh.push(await postern.session('bert'))
  const found = await asked((time) => ask(checkOf(QUERY, { Cookie: `postern=${fresh[time]}` })))
  expect(found).toEqual({ statements: 2, commands: ['mget'] })
})

it('a new delegated token is one statement and one script, after a look whether it is there', async () => {
  const parents = await tokens()
  for (const parent of parents) await ask(checkOf(QUERY, bearer(parent)))
  const found = await asked((time) => ask(checkOf(DELEGATE, bearer(parents[time] ?? ''))))
  expect(found).toEqual({ statements: 1, commands: ['mget', 'eval'] })
})

it('cached and delegated tokens, and refusals of what is cached, ask the stores for nothing', async () => {
  const [token = ''] = await tokens(1)
  await ask(checkOf(DELEGATE, bearer(token)))
  await ask(checkOf(QUERY, bearer(token)))
  const wrong = token.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'))
  const found = await asked(async () => {
    await ask(checkOf(DELEGATE, bearer(token)))
    await ask(checkOf(QUERY, bearer(token)))
    await ask(checkOf(QUERY, {}))
    await ask(checkOf(QUERY, bearer(wrong)))
    await ask(checkOf('scope=exec:portal', bearer(token)))
  })
  expect(found).toEqual({ statements: 0, commands: [] })
})
