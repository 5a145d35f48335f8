import { describe, expect, it } from '@jest/globals'
import type { TokenKey } from '../../../server/core/token/token.js'
import type { KnownVersion } from '../../../server/storage/cache/cached-token.js'
import type { Reader } from '../../../server/storage/cache/token-cache.js'
import { eventually } from '../../support/eventually.js'
import { ADA, aCache, counting, finding, gate, KEY, settled } from './support/a-cache.js'

const VERSION = 2 ** 52 - 7919

/** A cache with one entry, read by a version and due to be read again; its store answers when a test says so. */
async function due({ changed = [] as readonly TokenKey[], fails = false } = {}) {
  const questions: KnownVersion[][] = []
  const answer = gate()
  const { cache, pass } = aCache({ memoryMaxAge: 60 }, async (known) => {
    questions.push(known.map(({ key, version }) => ({ key, version })))
    await answer.opened
    if (fails) throw new Error('The store does not answer')
    return new Set(changed)
  })
  const { asked, read: find } = counting((key) => finding(key, { version: VERSION }))
  const read: Reader = (key, dependOn) => {
    dependOn(ADA)
    return find(key, dependOn)
  }
  await cache.resolve(KEY, read)
  pass(31)
  expect(cache.find(KEY, read)).toBeDefined()
  await eventually(() => questions.length === 1)
  /** Lets the store answer, and all that follows from it happen. */
  const answered = async () => {
    answer.open()
    await settled()
  }
  return { cache, pass, read, asked, questions, answered, find: () => cache.find(KEY, read) }
}

describe('an entry that its store says has not changed', () => {
  it('lasts on without being read again, from when the store was asked', async () => {
    const { pass, asked, questions, answered, find } = await due()
    pass(10)
    await answered()
    pass(49)
    expect(find()).toBeDefined()
    pass(1)
    expect(find()).toBeUndefined()
    expect(questions[0]).toEqual([{ key: KEY, version: VERSION }])
    expect(asked).toHaveLength(1)
  })

  it('is asked about again for as long as it is used, once in half of its life', async () => {
    const { pass, asked, questions, answered, find } = await due()
    await answered()
    for (let times = 2; times <= 5; times++) {
      pass(31)
      expect(find()).toBeDefined()
      expect(find()).toBeDefined()
      await eventually(() => questions.length === times)
      await settled()
    }
    expect(asked).toHaveLength(1)
  })

  it('is not good for longer if it was dropped while the store was asked: it was asked before the change', async () => {
    const { cache, answered, find } = await due()
    cache.invalidate([KEY])
    await answered()
    expect(find()).toBeUndefined()
  })

  it('is not good for longer if its owner has changed meanwhile', async () => {
    const { cache, answered, find } = await due()
    cache.invalidate([ADA])
    await answered()
    expect(find()).toBeUndefined()
  })

  it('leaves one that was read in its place to its own age', async () => {
    const { cache, pass, read, answered, find } = await due()
    cache.bypass()
    cache.enable()
    await cache.resolve(KEY, (key, dependOn) => {
      pass(20)
      return read(key, dependOn)
    })
    pass(39)
    await answered()
    expect(find()).toBeDefined()
    pass(1)
    expect(find()).toBeUndefined()
  })

  it('is gone when the cache was bypassed meanwhile', async () => {
    const { cache, answered, find } = await due()
    cache.bypass()
    await answered()
    expect(find()).toBeUndefined()
    cache.enable()
    expect(find()).toBeUndefined()
  })
})

describe('an entry', () => {
  it('that has changed is read again', async () => {
    const { asked, answered } = await due({ changed: [KEY] })
    await answered()
    expect(asked).toHaveLength(2)
  })

  it('whose store does not answer ends at its age', async () => {
    const { pass, asked, answered, find } = await due({ fails: true })
    await answered()
    pass(28)
    expect(find()).toBeDefined()
    pass(1)
    expect(find()).toBeUndefined()
    expect(asked).toHaveLength(1)
  })
})
