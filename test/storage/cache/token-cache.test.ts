import { describe, expect, it } from '@jest/globals'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import type { Reader } from '../../../server/storage/cache/token-cache.js'
import { eventually } from '../../support/eventually.js'
import { ADA, aCache, counting, finding, gate, KEY, settled } from './support/a-cache.js'

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
    await eventually(() => asked.length > 1)
    await settled()
    expect(cache.find(KEY, read)).toMatchObject({ record: { scopes: ['new'] } })
    pass(59)
    expect(cache.find(KEY, read)).toBeDefined()
    await eventually(() => asked.length > 2)
    expect(asked).toHaveLength(3)
  })

  it('is refreshed together with the others that are due, in one turn of the event loop, and once however often it is used', async () => {
    const { cache, pass } = aCache()
    const keys = Array.from({ length: 8 }, (_, index) => `${KEY.slice(0, -1)}${index}` as TokenKey)
    const turns: number[] = []
    let turn = 0
    const { asked, read } = counting((key) => {
      turns.push(turn)
      return finding(key)
    })
    for (const key of keys) await cache.resolve(key, read)
    turns.length = 0
    pass(31)
    for (const key of [...keys, ...keys]) {
      cache.find(key, read)
      await new Promise((resolve) => setImmediate(resolve))
      turn++
    }
    await eventually(() => asked.length > keys.length)
    await settled()
    expect([turns.length, new Set(turns).size]).toEqual([keys.length, 1])
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
      const before = tries
      expect(await cache.resolve(KEY, down)).toBeDefined()
      if (second >= 30) await eventually(() => tries > before)
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
      await eventually(() => asked.length > 2)
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
    const numbers = cache.attachments<number>({ bytesOf: (number) => 1000 + number })
    numbers.set(
      entry,
      Array.from({ length: 100 }, (_, index) => index),
    )
    expect(numbers.get(entry)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(cache.stats().bytes).toBe(bytes + 8 * 1000 + 28)
    expect(cache.attachments<string>({ bytesOf: () => 1 }).get(entry)).toEqual([])
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
