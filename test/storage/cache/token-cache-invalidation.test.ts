import { describe, expect, it } from '@jest/globals'
import type { TokenKey } from '../../../server/core/token/token.js'
import type { Reader } from '../../../server/storage/cache/token-cache.js'
import { personTopic, type Topic } from '../../../server/storage/cache/topic.js'
import { ADA, aCache, counting, finding, gate, KEY, settled } from './support/a-cache.js'

const PARENT = 'parent' as TokenKey

/** The content of the stores: each value is read in a step of its own. */
type World = Record<Topic, number>
const STEPS: readonly Topic[] = [KEY, PARENT, ADA]

/**
 * A reader of the three, that stops before and after each of them until it is let on.
 *
 * @param declares when the reader says what the token depends on: before it reads it, or when it has read everything, as where one
 *   statement brings a token and its owner
 */
function stepwise(world: World, declares: 'before' | 'at the end') {
  const gates = STEPS.flatMap(() => [gate(), gate()])
  let reads = 0
  const read: Reader = async (key, restOn) => {
    const seen: string[] = []
    // Only the first read is held up.
    const held = reads++ === 0
    for (const [index, topic] of STEPS.entries()) {
      if (topic !== KEY && declares === 'before') restOn(topic)
      if (held) await gates[index * 2]?.opened
      seen.push(`${topic}=${world[topic]}`)
      if (held) await gates[index * 2 + 1]?.opened
    }
    if (declares === 'at the end') for (const topic of [PARENT, ADA]) restOn(topic)
    return finding(key, {}, seen.join(' '))
  }
  return { read, gates }
}

describe('an invalidation', () => {
  /** A change at each step of a read, and its invalidation received at each later step. */
  const interleavings = (['before', 'at the end'] as const).flatMap((declares) =>
    STEPS.flatMap((topic) =>
      Array.from({ length: 7 }, (_, made) => made).flatMap((made) =>
        Array.from({ length: 8 - made }, (_, later) => ({ declares, topic, made, heard: made + later })),
      ),
    ),
  )

  it.each(interleavings)(
    'of $topic changed at step $made of a read (declared $declares) and received at step $heard leaves no stale entry',
    async ({ declares, topic, made, heard }) => {
      const { cache } = aCache()
      const world: World = { [KEY]: 1, [PARENT]: 1, [ADA]: 1 }
      const { read, gates } = stepwise(world, declares)
      const pending = cache.resolve(KEY, read)
      for (let step = 0; step <= 6; step++) {
        await settled()
        if (step === made) world[topic] = 2
        if (step === heard) cache.invalidate([topic])
        gates[step]?.open()
      }
      const answered = await pending
      if (heard === 7) cache.invalidate([topic])
      const kept = cache.find(KEY, read)
      const now = STEPS.map((each) => `${each}=${world[each]}`).join(' ')
      if (typeof kept === 'object') expect(kept.record.email).toBe(now)
      // A waiting caller gets the value after the invalidation, unless that arrived too late for it.
      if (heard < 6) expect(answered?.record.email).toBe(now)
      expect((await cache.resolve(KEY, read))?.record.email).toBe(now)
    },
  )

  it.each([
    ['the token itself', KEY],
    ['a token that it came from', PARENT],
    ['its owner', ADA],
  ])('of %s evicts the entries that depend on it, and no others', async (_what, topic) => {
    const { cache } = aCache()
    const other = 'other' as TokenKey
    const { asked, read } = counting(finding)
    const resting =
      (on: readonly Topic[]): Reader =>
      (key, restOn) => {
        for (const each of on) restOn(each)
        return read(key, restOn)
      }
    await cache.resolve(KEY, resting([PARENT, ADA]))
    await cache.resolve(other, resting([personTopic('grace')]))
    cache.invalidate([topic])
    expect(cache.find(KEY, read)).toBeUndefined()
    expect(cache.find(other, read)).toBeDefined()
    await cache.resolve(KEY, read)
    expect(asked).toEqual([KEY, other, KEY])
    expect(cache.stats().invalidations).toBe(1)
  })

  it('of an owner that a read has not declared yet: a later caller does not share that read', async () => {
    const { cache } = aCache()
    const { opened, open } = gate()
    let owner = 'before'
    let reads = 0
    const read: Reader = async (key, restOn) => {
      const found = finding(key, {}, owner)
      if (reads++ === 0) await opened
      restOn(ADA)
      return found
    }
    const first = cache.resolve(KEY, read)
    owner = 'after'
    cache.invalidate([ADA])
    const later = await cache.resolve(KEY, read)
    open()
    expect([later?.record.email, (await first)?.record.email]).toEqual(['after', 'after'])
  })

  it('is taken for one of each topic by a read that began more changes ago than are known', async () => {
    const { cache } = aCache()
    let reads = 0
    const found = await cache.resolve(KEY, async (key, restOn) => {
      const number = ++reads
      if (number === 1) {
        cache.invalidate([ADA])
        for (let other = 0; other < 2_000; other++) cache.invalidate([personTopic(`person-${other}`)])
      }
      restOn(ADA)
      return finding(key, {}, `read ${number}`)
    })
    expect(found?.record.email).toBe('read 2')
  })

  it('that comes again and again makes no request wait for ever, and leaves no entry', async () => {
    const { cache } = aCache()
    let reads = 0
    const found = await cache.resolve(KEY, async (key, restOn) => {
      restOn(ADA)
      reads++
      cache.invalidate([ADA])
      return finding(key)
    })
    expect(found).toBeDefined()
    expect(reads).toBe(3)
    expect(cache.stats().entries).toBe(0)
  })

  it('without a known topic evicts all entries, and a read in progress begins again', async () => {
    const { cache } = aCache()
    await cache.resolve('other' as TokenKey, counting(finding).read)
    await cache.resolve('junk' as TokenKey, counting(() => undefined).read)
    const { opened, open } = gate()
    let reads = 0
    const pending = cache.resolve(KEY, async (key) => {
      const number = ++reads
      await opened
      return finding(key, {}, `read ${number}`)
    })
    cache.invalidateAll()
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, bypassed: 0 })
    expect(cache.find('junk' as TokenKey, counting(finding).read)).toBeUndefined()
    open()
    expect((await pending)?.record.email).toBe('read 2')
  })

  it.each([
    [true, 'read 2'],
    [false, undefined],
  ])(
    'that could have been missed empties the cache, and a read in progress is not cached (enabled again: %s)',
    async (again, kept) => {
      const { cache } = aCache()
      const { opened, open } = gate()
      await cache.resolve('other' as TokenKey, counting(finding).read)
      let reads = 0
      const read: Reader = async (key) => {
        const number = ++reads
        await opened
        return finding(key, {}, `read ${number}`)
      }
      const pending = cache.resolve(KEY, read)
      cache.bypass()
      expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, bypassed: 1 })
      if (again) cache.enable()
      open()
      await pending
      const found = cache.find(KEY, read)
      expect(typeof found === 'object' ? found.record.email : found).toBe(kept)
    },
  )
})
