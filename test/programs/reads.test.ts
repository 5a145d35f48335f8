import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { FILES_PER_DAY, OTHER_FILES } from '../../server/core/programs/reads.js'
import { DAY } from '../../server/core/time.js'
import { ReadFlusher } from '../../server/programs/read-flusher.js'
import { addReads, listReads, sumReads } from '../../server/storage/postgres/programs/reads.js'
import { pruneHistory } from '../../server/tokens/prune-history.js'
import { ASKED, type RunningPostern } from '../support/postern.js'
import { startReplicas } from '../support/replicas.js'
import { ARCHIVE_SETTINGS, EXCLUSIVE, load } from '../support/stores/archive.js'
import { withFailingPool } from '../support/stores/failing-pool.js'

let here: RunningPostern
let there: RunningPostern
let stop: () => Promise<void>
let ada: string
let grace: string

beforeAll(async () => {
  ;({ here, there, stop } = await startReplicas({
    ...ARCHIVE_SETTINGS,
    programs: { ...ARCHIVE_SETTINGS.programs, keepRequests: '30d' },
  }))
  ada = await here.token('ada', { scopes: [EXCLUSIVE] })
  grace = await here.token('grace', { scopes: [EXCLUSIVE] })
  const investigators = [{ username: 'ada', role: 'pi' }]
  await load(
    here,
    { id: 'p-1', public: false, investigators },
    { id: 'p-2', public: false, investigators },
    { id: 'open', public: true, investigators },
  )
})
afterAll(() => stop())
beforeEach(async () => {
  for (const replica of [here, there]) replica.context.counters.programReads.take()
  await here.context.postgres.pool.query('TRUNCATE program_read, program_reader, tally_flush')
})

interface Asked {
  readonly query?: string
  readonly method?: string
  readonly token?: string
  readonly at?: RunningPostern
}

function ask(path: string, { query = 'program=from_url', method = 'GET', token = ada, at = here }: Asked = {}) {
  const original = { 'X-Original-URL': `https://data.example.org${path}`, 'X-Original-Method': method }
  const check = request(at.server).get(`/ingress/auth?${query}`)
  return check.set({ ...ASKED, ...original, Authorization: `Bearer ${token}` })
}

const sums = async (program: string) =>
  (await sumReads(here.context.postgres, program)).map(({ username, count }) => [username, count])

async function rows(): Promise<unknown[][]> {
  const text = 'SELECT program, username, file, count::int FROM program_read ORDER BY 1, 2, 3'
  return (await here.context.postgres.pool.query({ text, rowMode: 'array' })).rows
}

describe('the record of who asked for which file', () => {
  it('has each admitted request once: of many at one moment, of two processes, of repeated ones', async () => {
    const counts = [here, there].map((replica) => ({ replica, flusher: new ReadFlusher(replica.context) }))
    for (let round = 0; round < 3; round++) {
      const asked = Array.from({ length: 40 }, (_each, index) =>
        ask(`/data/p-1/${index % 2}.fits`, { at: index % 4 < 2 ? here : there }).expect(200),
      )
      const flushed = counts.map(({ replica, flusher }) => flusher.flush(replica.context))
      await Promise.all([...asked, ...flushed])
    }
    await Promise.all(counts.map(({ replica, flusher }) => flusher.flush(replica.context)))
    expect(await rows()).toEqual([
      ['p-1', 'ada', '/data/p-1/0.fits', 60],
      ['p-1', 'ada', '/data/p-1/1.fits', 60],
    ])
    expect(await sums('p-1')).toEqual([['ada', 120]])
  })

  it.each([
    ['in the path, without its query', '/data/p-1/a.fits?secret=s', 'program=from_url', ['p-1', '/data/p-1/a.fits']],
    [
      'in a parameter',
      '/get?uri=mast:p-1/a.fits',
      'program=from_url&program_parameter=uri',
      ['p-1', 'mast:p-1/a.fits'],
    ],
    ['at a location with a program of its own', '/cutout/a%20b?x=1', 'program=p-2', ['p-2', '/cutout/a%20b']],
  ])('names the file %s', async (_where, path, query, [program, file]) => {
    await ask(path, { query }).expect(200)
    await new ReadFlusher(here.context).flush(here.context)
    expect(await rows()).toEqual([[program, 'ada', file, 1]])
  })

  it('has a request for data of several programs with each of those that are not public', async () => {
    await ask('/sky', { query: 'program=p-1&program=open&program=p-2' }).expect(200)
    await new ReadFlusher(here.context).flush(here.context)
    expect(await rows()).toEqual([
      ['p-1', 'ada', '/sky', 1],
      ['p-2', 'ada', '/sky', 1],
    ])
  })

  it('has nothing of refused requests, of public data, of other methods, and of other locations', async () => {
    await ask('/data/p-1/a.fits', { token: grace }).expect(403)
    await ask('/data/none/a.fits').expect(403)
    await ask('/data/open/a.fits').expect(200)
    await ask('/data/p-1/a.fits', { method: 'HEAD' }).expect(200)
    await ask('/data/p-1/a.fits', { query: '' }).expect(200)
    await new ReadFlusher(here.context).flush(here.context)
    expect(await rows()).toEqual([])
  })

  it.each(['silent', 'answer lost'] as const)('has each request once after a flush that failed: %s', async (how) => {
    const flusher = new ReadFlusher(here.context)
    await ask('/data/p-1/a.fits').expect(200)
    await expect(withFailingPool(here.context, how, () => flusher.flush(here.context))).rejects.toThrow(
      'connection lost',
    )
    await ask('/data/p-1/a.fits').expect(200)
    await flusher.flush(here.context)
    await flusher.flush(here.context)
    expect(await rows()).toEqual([['p-1', 'ada', '/data/p-1/a.fits', 2]])
    expect(await sums('p-1')).toEqual([['ada', 2]])
  })

  it('tells a bounded number of files of a user and day apart, over all processes', async () => {
    const { postgres } = here.context
    const reads = (start: number) =>
      Array.from({ length: FILES_PER_DAY }, (_each, index) => {
        const file = `/${String(start + index).padStart(5, '0')}`
        return { program: 'p-1', username: 'ada', file, first: DAY, last: DAY, count: 1 }
      })
    await addReads(postgres, 'a', { number: 1, reads: reads(0) }, DAY)
    await addReads(postgres, 'b', { number: 1, reads: reads(FILES_PER_DAY / 2) }, DAY)
    expect(await rows()).toHaveLength(FILES_PER_DAY + 1)
    expect(await rows()).toContainEqual(['p-1', 'ada', OTHER_FILES, FILES_PER_DAY / 2])
    expect(await sums('p-1')).toEqual([['ada', 2 * FILES_PER_DAY]])
  })

  it('is kept for as long as the settings say', async () => {
    const { postgres } = here.context
    const read = (ago: number) => {
      const at = here.now() - ago * DAY
      return { program: 'p-1', username: 'ada', file: `/${ago}`, first: at, last: at, count: 1 }
    }
    await addReads(postgres, 'a', { number: 1, reads: [read(29), read(32)] }, here.now())
    await pruneHistory(here.context)
    expect((await listReads(postgres, { program: 'p-1' }, 10)).map(({ file }) => file)).toEqual(['/29'])
    expect(await sums('p-1')).toEqual([['ada', 1]])
  })
})
