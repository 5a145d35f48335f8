import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import { isBackedUp } from '../../../../server/core/backup/left-out.js'
import { type Relay, startRelay } from '../../../support/stores/relay.js'
import { runIn, useCommandLine } from '../command-line.js'
import { start } from '../executable.js'
import { backupFolder, emptySite, rowsOf, tableCount } from './support.js'

const line = useCommandLine()
let folder: string
let other: string

beforeAll(async () => {
  const site = line.site()
  for (const username of ['ada', 'bert']) {
    await site.session(username)
    await site.token(username)
  }
  ;[folder, other] = [backupFolder(), backupFolder()]
  await line.run(['backup', other])
  await line.run(['backup', folder])
})

type Site = Record<string, string>
type Store = 'DATABASE_URL' | 'REDIS_URL'

const relays: Relay[] = []
afterAll(() => Promise.all(relays.map((relay) => relay.stop())))

/** A site whose store is reached by a relay, which does what is given when it is sent a text. */
async function behindRelay(site: Site, store: Store, text: string, act: (relay: Relay) => unknown): Promise<Site> {
  const onSent = (chunk: Buffer) => {
    if (chunk.includes(text)) void act(relay)
  }
  const relay = await startRelay(site[store] ?? '', { onSent })
  relays.push(relay)
  return { ...site, [store]: relay.url }
}

async function keysOf(url: string | undefined): Promise<string[]> {
  const redis = new Redis(url ?? '')
  const keys = await redis.keys('postern:*')
  redis.disconnect()
  return keys.filter(isBackedUp).sort()
}

/** The site has all of the backup. */
async function expectWhole(site: Site): Promise<void> {
  const [before, after] = [await rowsOf(line.environment().DATABASE_URL), await rowsOf(site.DATABASE_URL)]
  const tables = [...before.keys()].filter((table) => table !== 'restoration')
  expect(tables.map((table) => [table, after.get(table)])).toEqual(tables.map((table) => [table, before.get(table)]))
  expect(await keysOf(site.REDIS_URL)).toEqual(await keysOf(line.environment().REDIS_URL))
}

const MOMENTS: readonly (readonly [moment: string, store: Store, text: string])[] = [
  ['before its mark', 'DATABASE_URL', 'CREATE TABLE IF NOT EXISTS postern_restore'],
  ['in the schema', 'DATABASE_URL', 'CREATE TABLE IF NOT EXISTS _prisma_migrations'],
  ['in the rows', 'DATABASE_URL', 'COPY "token_change"'],
  ['after the rows', 'DATABASE_URL', 'INSERT INTO restoration'],
  ['before the first record of Redis', 'REDIS_URL', 'postern:restore'],
  ['in the records of Redis', 'REDIS_URL', 'postern:token:'],
]

describe('a restore that is cut off', () => {
  it.each(MOMENTS)('%s leaves a site that says so, and is right when it is run again', async (moment, store, text) => {
    const site = await emptySite(line.environment())
    const ended = await runIn(await behindRelay(site, store, text, (relay) => relay.cut()), ['restore', folder])
    expect([ended.code, ended.output]).toEqual([1, expect.stringContaining('Run the command again')])
    if (moment === 'before its mark') expect(await tableCount(site.DATABASE_URL)).toBe(0)
    else {
      const command = await runIn(site, ['account', 'list'])
      expect([command.code, command.output]).toEqual([
        1,
        expect.stringContaining('A restore was begun in this database and did not finish'),
      ])
    }
    expect(await runIn(site, ['restore', folder])).toMatchObject({ code: 0 })
    await expectWhole(site)
    expect(await runIn(site, ['account', 'list'])).toMatchObject({ code: 0 })
  })

  it('by SIGKILL is right when it is run again', async () => {
    const site = await emptySite(line.environment())
    let isStalled: () => void
    const stalled = new Promise<void>((resolve) => {
      isStalled = resolve
    })
    const held = await behindRelay(site, 'REDIS_URL', 'postern:restore', (relay) => {
      relay.stall()
      isStalled()
    })
    const { child, ended } = start([process.execPath, 'server/operate/cli/postern.mjs', 'restore', folder], held)
    await stalled
    child.kill('SIGKILL')
    expect(await ended()).toBe('SIGKILL')
    expect(await runIn(site, ['restore', folder])).toMatchObject({ code: 0 })
    await expectWhole(site)
  })

  it('is not finished with another backup, nor with another Redis that has a site', async () => {
    const site = await emptySite(line.environment())
    await runIn(await behindRelay(site, 'REDIS_URL', 'postern:token:', (relay) => relay.cut()), ['restore', folder])
    const before = await rowsOf(site.DATABASE_URL)
    const another = await runIn(site, ['restore', other])
    expect([another.code, another.output]).toEqual([1, expect.stringContaining('A restore of another backup')])
    const redis = { ...site, REDIS_URL: line.environment().REDIS_URL ?? '' }
    const full = await runIn(redis, ['restore', folder])
    expect([full.code, full.output]).toEqual([1, expect.stringContaining('Redis is not empty')])
    expect(await rowsOf(site.DATABASE_URL)).toEqual(before)
  })
})
