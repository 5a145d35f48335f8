import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { copyRedis } from '../../../server/storage/backup/redis-copy.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let site: RunningPostern
beforeAll(async () => {
  site = await startPostern()
})
afterAll(() => site.stop())

const keyOf = (token: string) => token.slice(3, 25)

/** Copies Redis; sessions are created and revoked right after the snapshot. @returns the keys of the sessions in the copy */
async function copyAround(now: number, afterSnapshot: () => Promise<void>): Promise<string[]> {
  const { redis, postgres } = site.context
  let created = new Set<string>()
  const takeSnapshot = async () => {
    const { rows } = await postgres.pool.query<{ token: string }>('SELECT token FROM token_change')
    created = new Set(rows.map(({ token }) => token))
    await afterSnapshot()
  }
  const wereCreated = async (keys: readonly string[]) => new Set(keys.filter((key) => created.has(key)))
  const keys: string[] = []
  for await (const { key } of copyRedis({ redis, now, takeSnapshot, wereCreated })) keys.push(key)
  return keys.flatMap((key) => /^postern:token:\{(.+)\}$/.exec(key)?.[1] ?? []).sort()
}

it.each([
  ['a session of this minute', 0],
  ['an older session', 120],
])('has %s that is revoked after the snapshot: it was valid at that moment', async (_which, age) => {
  const [stays, goes] = [await site.session('ada'), await site.session('ada')]
  const copied = await copyAround(site.now() + age, () => site.revoke(goes))
  expect(copied).toEqual(expect.arrayContaining([keyOf(stays), keyOf(goes)]))
  expect(new Set(copied).size).toBe(copied.length)
})

it('has no session that is created after the snapshot: its history is not there', async () => {
  let late = ''
  const copied = await copyAround(site.now(), async () => {
    late = await site.session('ada')
  })
  expect(copied.length).toBeGreaterThan(0)
  expect(copied).not.toContain(keyOf(late))
})
