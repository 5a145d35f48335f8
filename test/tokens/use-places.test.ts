import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { UsageRecorder } from '../../server/tokens/usage-recorder.js'
import { signedIn } from '../support/clients/visitor.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

setFlagsFromString('--expose_gc')
const collectGarbage: () => void = runInNewContext('gc')

const LIMIT = 4
let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ settings: { limits: { clientsPerDay: LIMIT } } })
})
afterAll(() => postern.stop())

const check = (token: string, client: string) =>
  fetch(`${postern.url}/ingress/auth`, {
    headers: { ...ASKED, Authorization: `Bearer ${token}`, 'User-Agent': client },
  }).then((response) => response.body?.cancel())

function memoryUsed(): number {
  for (let time = 0; time < 3; time++) collectGarbage()
  return process.memoryUsage().heapUsed
}

async function rowsOf(token: string) {
  const { prisma } = postern.context.postgres
  const rows = await prisma.tokenUse.findMany({ where: { token: token.slice(3, 25) }, orderBy: { client: 'asc' } })
  return rows.map(({ client, count }) => [client, Number(count)])
}

describe('S12: a token with a new User-Agent in each request', () => {
  it('has a bounded number of rows a day, and no use is lost', async () => {
    const token = await postern.token('ada')
    const flush = () => postern.context.usage.flush(postern.context)
    for (const client of ['a', 'b', 'c', 'd', 'e', 'f', 'f']) await check(token, client)
    await flush()
    expect(await rowsOf(token)).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
      ['d', 1],
      ['others', 3],
    ])
    for (const client of ['a', 'g', 'h', 'd', 'd']) await check(token, client)
    await flush()
    expect(await rowsOf(token)).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
      ['d', 3],
      ['others', 5],
    ])
    await check(token, 'the last')
    await flush()
    const row = await postern.context.postgres.prisma.token.findUnique({ where: { key: token.slice(3, 25) } })
    expect(row?.lastUsedClient).toBe('the last')
  })

  it('has them also when other processes see it, and the next day more', async () => {
    const token = await postern.token('ada')
    const record = await authenticate(postern.context, parseToken(token) as Token)
    if (!record) throw new Error('the token is not valid')
    for (let process = 0; process < 4; process++) {
      const usage = new UsageRecorder(LIMIT)
      for (let index = 0; index < 3; index++) usage.record(record, postern.now(), '192.0.2.7', `${process}-${index}`)
      await usage.flush(postern.context)
    }
    expect((await rowsOf(token)).map(([client]) => client)).toEqual(['0-0', '0-1', '0-2', '1-0', 'others'])
    const tomorrow = new UsageRecorder(LIMIT)
    tomorrow.record(record, postern.now() + 24 * 3600, '192.0.2.7', 'tomorrow')
    await tomorrow.flush(postern.context)
    expect((await rowsOf(token)).map(([client]) => client)).toContain('tomorrow')
  })

  it('takes no more memory either, and leaves other tokens their uses', async () => {
    const [many, one] = [await postern.token('ada'), await postern.token('ada')]
    const usage = new UsageRecorder(LIMIT)
    const [flood, quiet] = await Promise.all(
      [many, one].map((token) => authenticate(postern.context, parseToken(token) as Token)),
    )
    if (!flood || !quiet) throw new Error('a token is not valid')
    usage.record(quiet, postern.now(), '192.0.2.8', 'quiet')
    for (let index = 0; index < 150_000; index++) usage.record(flood, postern.now(), '192.0.2.7', `random ${index}`)
    await usage.flush(postern.context)
    expect(postern.context.counters.lostUses).toBe(0)
    expect(await rowsOf(one)).toEqual([['quiet', 1]])
    expect((await rowsOf(many)).at(-1)).toEqual(['random 3', 1])
    expect(await rowsOf(many)).toContainEqual(['others', 150_000 - LIMIT])
  })

  it('leaves nothing of its uses in memory once they are written', async () => {
    const [token, places] = [await postern.token('ada'), 5_000]
    const record = await authenticate(postern.context, parseToken(token) as Token)
    if (!record) throw new Error('the token is not valid')
    const writeMany = async () => {
      const usage = new UsageRecorder(places)
      for (let place = 0; place < places; place++) {
        usage.record(record, postern.now(), '192.0.2.7', `${place} ${'x'.repeat(80)}`)
      }
      await usage.flush(postern.context)
    }
    await writeMany()
    const before = memoryUsed()
    for (let time = 0; time < 3; time++) await writeMany()
    // Each of the writings is of more than two megabytes.
    expect(memoryUsed() - before).toBeLessThan(1e6)
  })

  it('is shown to its owner with the others as others', async () => {
    const visitor = await signedIn(postern, 'grace')
    const token = await postern.token('grace')
    for (const client of ['a', 'b', 'c', 'd', 'e']) await check(token, client)
    await postern.context.usage.flush(postern.context)
    const page = await visitor.get(`/auth/tokens/${token.slice(3, 25)}`)
    expect(page.text).toContain('Other programs')
    expect(page.text).not.toContain('An unknown address')
  })
})
