import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { bearer, Caller, checkOf, type Question } from '../../support/clients/caller.js'
import { type CountedPostern, startCountedPostern, TIMES } from '../../support/stores/counted-postern.js'

const QUERY = 'scope=read:tap'
const DELEGATE = `${QUERY}&delegate_to=portal&delegate_scope=read:tap`

let site: CountedPostern
let caller: Caller

beforeAll(async () => {
  site = await startCountedPostern()
  caller = new Caller(site.postern.port)
  // Connections are open and statements prepared.
  await ask(checkOf(DELEGATE, bearer(await site.postern.token('grace'))))
  await ask(checkOf(QUERY, { Cookie: `postern=${await site.postern.session('grace')}` }))
})
afterAll(async () => {
  caller.close()
  await site.stop()
})

async function ask(question: Question): Promise<number> {
  const reply = await caller.ask(question)
  if (reply instanceof Error) throw reply
  return reply.status
}

async function asked(work: (time: number) => Promise<unknown>) {
  const { statements, commands } = await site.asked(work)
  return { statements, commands }
}

async function tokens(count = TIMES): Promise<string[]> {
  const made: string[] = []
  for (let each = 0; each < count; each++) made.push(await site.postern.token('ada'))
  return made
}

it('a first check of a user token is one statement, of the token with its owner', async () => {
  const fresh = await tokens()
  const found = await asked((time) => ask(checkOf(QUERY, bearer(fresh[time] ?? ''))))
  expect(found).toEqual({ statements: 1, commands: [] })
})

it('a first check of a session is one command, and two statements, of its revocation and of its owner', async () => {
  const fresh: string[] = []
  for (let each = 0; each < TIMES; each++) fresh.push(await site.postern.session('bert'))
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
