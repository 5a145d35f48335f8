import { describe, expect, it } from '@jest/globals'
import type { Scope } from '../../../server/core/token/scope.js'
import type { Digest, TokenKey } from '../../../server/core/token/token.js'
import type { CacheLookup } from '../../../server/storage/cache/cached-token.js'
import { type Reader, TokenCache } from '../../../server/storage/cache/token-cache.js'
import { personTopic, type Topic } from '../../../server/storage/cache/topic.js'

const KEY = 'key' as TokenKey
const PARENT = 'parent' as TokenKey
const ADA = personTopic('ada')

/** An enabled token cache with a clock that a test sets. */
function aCache({ memoryMaxAge = 60, memoryMaxTokens = 100 } = {}) {
  let now = 0
  const cache = new TokenCache({ memoryMaxAge, memoryMaxTokens }, () => now)
  cache.enable()
  return {
    cache,
    pass: (seconds: number) => {
      now += seconds * 1000
    },
  }
}

function finding(key: string, more: Partial<CacheLookup> = {}, email?: string): CacheLookup {
  const record = { key: key as TokenKey, type: 'user', username: 'ada', scopes: [], created: 0 } as const
  return { record: { ...record, ...(email && { email }) }, digest: 'x'.repeat(32) as Digest, ...more }
}

/** A reader that counts how often it is asked. */
function counting(answer: (key: TokenKey) => CacheLookup | undefined) {
  const asked: TokenKey[] = []
  const read: Reader = async (key) => {
    asked.push(key)
    return answer(key)
  }
  return { asked, read }
}

/** A promise that a test keeps when it likes. */
function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('a cache entry', () => {
  it('is read once, until it is as old as the limit', async () => {
    const { cache, pass } = aCache()
    const { asked, read } = counting(finding)
    for (let times = 0; times < 5; times++) await cache.resolve(KEY, read)
    pass(29)
    expect(cache.find(KEY, read)).toMatchObject({ record: { key: KEY } })
    expect(asked).toHaveLength(1)
    pass(31)
    expect(cache.find(KEY, read)).toBeUndefined()
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, hits: 5, misses: 1 })
  })

  it('ages from the beginning of the read, however long that took', async () => {
    const { cache, pass } = aCache()
    const { read } = counting(finding)
    await cache.resolve(KEY, async (key, restOn) => {
      pass(59)
      return read(key, restOn)
    })
    expect(cache.find(KEY, read)).toBeDefined()
    pass(1)
    expect(cache.find(KEY, read)).toBeUndefined()
  })

  it('in use is refreshed in the background before it expires, and no request waits', async () => {
    const { cache, pass } = aCache()
    let scope = 'old' as Scope
    const { asked, read } = counting((key) => {
      const known = finding(key)
      return { ...known, record: { ...known.record, scopes: [scope] } }
    })
    await cache.resolve(KEY, read)
    scope = 'new' as Scope
    pass(31)
    expect(cache.find(KEY, read)).toMatchObject({ record: { scopes: ['old'] } })
    await settled()
    expect(cache.find(KEY, read)).toMatchObject({ record: { scopes: ['new'] } })
    pass(59)
    expect(cache.find(KEY, read)).toBeDefined()
    expect(asked).toHaveLength(3)
  })

  it('is served until the limit while a store is unavailable, and not a moment longer', async () => {
    const { cache, pass } = aCache()
    await cache.resolve(KEY, counting(finding).read)
    let tries = 0
    const down: Reader = async () => {
      tries++
      throw new Error('down')
    }
    for (let second = 1; second < 60; second++) {
      pass(1)
      expect(await cache.resolve(KEY, down)).toBeDefined()
      await settled()
    }
    expect(tries).toBe(30)
    pass(1)
    await expect(cache.resolve(KEY, down)).rejects.toThrow('down')
  })

  it('that is provisional expires after a second', async () => {
    const { cache, pass } = aCache()
    const { read } = counting((key) => finding(key, { provisional: true }))
    await cache.resolve(KEY, read)
    expect(cache.find(KEY, read)).toBeDefined()
    pass(1)
    expect(cache.find(KEY, read)).toBeUndefined()
  })

  it('is never stored where the site sets the cache to zero', async () => {
    for (const limits of [{ memoryMaxAge: 0 }, { memoryMaxTokens: 0 }]) {
      const { cache } = aCache(limits)
      const { asked, read } = counting(finding)
      for (let times = 0; times < 3; times++) await cache.resolve(KEY, read)
      expect(asked).toHaveLength(3)
      expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 })
    }
  })

  it('is never an error', async () => {
    const { cache } = aCache()
    await expect(cache.resolve(KEY, () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(await cache.resolve(KEY, counting(finding).read)).toBeDefined()
  })
})

describe('an unknown token', () => {
  it('is cached as unknown for a moment, and found as soon as it is created', async () => {
    const { cache, pass } = aCache()
    let made = false
    const { asked, read } = counting((key) => (made ? finding(key) : undefined))
    for (let times = 0; times < 5; times++) expect(await cache.resolve(KEY, read)).toBeUndefined()
    expect(asked).toHaveLength(1)
    made = true
    cache.invalidate([KEY])
    expect(await cache.resolve(KEY, read)).toBeDefined()
    made = false
    cache.invalidate([KEY])
    await cache.resolve(KEY, read)
    pass(2)
    await cache.resolve(KEY, read)
    expect(asked).toHaveLength(4)
  })

  it('is cached with its dependencies: the token of a user who is enabled again is found at once', async () => {
    const { cache } = aCache()
    let isEnabled = false
    const read: Reader = async (key, restOn) => {
      restOn(ADA)
      return isEnabled ? finding(key) : undefined
    }
    expect(await cache.resolve(KEY, read)).toBeUndefined()
    expect(cache.find(KEY, read)).toBe('unknown')
    isEnabled = true
    cache.invalidate([ADA])
    expect(await cache.resolve(KEY, read)).toMatchObject({ record: { key: KEY } })
  })

  it('evicts no valid token, however many unknown ones are tried, and fills no memory', async () => {
    const { cache } = aCache()
    await cache.resolve(KEY, counting(finding).read)
    const nothing = counting(() => undefined)
    for (let number = 0; number < 20_000; number++) await cache.resolve(`junk-${number}` as TokenKey, nothing.read)
    expect(cache.stats().entries).toBe(1)
    expect(cache.find('junk-0' as TokenKey, nothing.read)).toBeUndefined()
    expect(cache.find('junk-19999' as TokenKey, nothing.read)).toBe('unknown')
    expect(cache.find(KEY, nothing.read)).toBeDefined()
  })
})

describe('the size of the cache', () => {
  it('is bounded by a number of tokens, and those in use are evicted last', async () => {
    const { cache } = aCache({ memoryMaxTokens: 100 })
    const { read } = counting(finding)
    for (let number = 0; number < 1000; number++) {
      await cache.resolve(`key-${number}` as TokenKey, read)
      cache.find('key-0' as TokenKey, read)
    }
    expect(cache.stats().entries).toBe(100)
    expect(cache.find('key-0' as TokenKey, read)).toBeDefined()
    expect(cache.find('key-1' as TokenKey, read)).toBeUndefined()
  })

  it('is bounded by a number of bytes, too: a few large tokens take no more than many small ones', async () => {
    const { cache } = aCache({ memoryMaxTokens: 100 })
    const long = 'x'.repeat(10_000)
    const { read } = counting((key) => finding(key, {}, long))
    for (let number = 0; number < 1000; number++) await cache.resolve(`key-${number}` as TokenKey, read)
    const { entries, bytes } = cache.stats()
    expect(bytes).toBeLessThanOrEqual(100 * 1024)
    expect(entries).toBeLessThan(11)
    expect(entries).toBeGreaterThan(5)
  })

  it('shrinks when tokens are invalidated, with their attachments', async () => {
    const { cache } = aCache()
    const { read } = counting(finding)
    const kept = await cache.resolve(KEY, read)
    const { bytes } = cache.stats()
    const entry = cache.find(KEY, read)
    if (typeof entry !== 'object') throw new Error('It is not cached')
    const numbers = cache.attachments<number>((number) => 1000 + number)
    numbers.set(
      entry,
      Array.from({ length: 100 }, (_, index) => index),
    )
    expect(numbers.get(entry)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(cache.stats().bytes).toBe(bytes + 8 * 1000 + 28)
    expect(cache.attachments<string>(() => 1).get(entry)).toEqual([])
    cache.invalidate([KEY])
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 })
    numbers.set(entry, [1])
    expect(cache.stats().bytes).toBe(0)
    expect(kept).toBe(entry)
  })
})

describe('concurrent cache misses of one token', () => {
  it('share one read', async () => {
    const { cache } = aCache()
    const { asked, read } = counting(finding)
    const all = await Promise.all(Array.from({ length: 50 }, () => cache.resolve(KEY, read)))
    expect(new Set(all).size).toBe(1)
    expect(asked).toHaveLength(1)
  })

  it('do not share a read that began before the token changed', async () => {
    const { cache } = aCache()
    const { opened, open } = gate()
    let reads = 0
    const read: Reader = async (key) => {
      reads++
      if (reads > 1) return undefined
      await opened
      return finding(key)
    }
    const early = cache.resolve(KEY, read)
    cache.invalidate([KEY])
    expect(await cache.resolve(KEY, read)).toBeUndefined()
    open()
    expect(await early).toBeUndefined()
    expect(cache.find(KEY, read)).toBe('unknown')
  })

  it('each read for themselves while the cache is bypassed', async () => {
    const { cache } = aCache()
    cache.bypass()
    const { asked, read } = counting(finding)
    await Promise.all(Array.from({ length: 5 }, () => cache.resolve(KEY, read)))
    expect(asked).toHaveLength(5)
    expect(cache.stats()).toMatchObject({ entries: 0, bypassed: 1 })
  })
})

/** The content of the stores: each value is read in a step of its own. */
type World = Record<Topic, number>
const STEPS: readonly Topic[] = [KEY, PARENT, ADA]

/** A reader of the three, that stops before and after each of them until it is let on. */
function stepwise(world: World) {
  const gates = STEPS.flatMap(() => [gate(), gate()])
  let reads = 0
  const read: Reader = async (key, restOn) => {
    const seen: string[] = []
    // Only the first read is held up.
    const held = reads++ === 0
    for (const [index, topic] of STEPS.entries()) {
      if (topic !== KEY) restOn(topic)
      if (held) await gates[index * 2]?.opened
      seen.push(`${topic}=${world[topic]}`)
      if (held) await gates[index * 2 + 1]?.opened
    }
    return finding(key, {}, seen.join(' '))
  }
  return { read, gates }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('an invalidation', () => {
  /** A change at each step of a read, and its invalidation received at each later step. */
  const interleavings = STEPS.flatMap((topic) =>
    Array.from({ length: 7 }, (_, made) => made).flatMap((made) =>
      Array.from({ length: 8 - made }, (_, later) => ({ topic, made, heard: made + later })),
    ),
  )

  it.each(interleavings)(
    'of $topic changed at step $made of a read and received at step $heard leaves no stale entry',
    async ({ topic, made, heard }) => {
      const { cache } = aCache()
      const world: World = { [KEY]: 1, [PARENT]: 1, [ADA]: 1 }
      const { read, gates } = stepwise(world)
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
