import { describe, expect, it } from '@jest/globals'
import type { Scope } from '../../../server/core/token/scope.js'
import type { Digest, TokenKey } from '../../../server/core/token/token.js'
import type { CacheLookup } from '../../../server/storage/cache/cached-token.js'
import { type Reader, TokenCache } from '../../../server/storage/cache/token-cache.js'
import { personTopic, type Topic } from '../../../server/storage/cache/topic.js'

const KEY = 'key' as TokenKey
const PARENT = 'parent' as TokenKey
const ADA = personTopic('ada')

/** A memory with a clock that a test sets, and that trusts what it hears. */
function aMemory({ memoryMaxAge = 60, memoryMaxTokens = 100 } = {}) {
  let now = 0
  const memory = new TokenCache({ memoryMaxAge, memoryMaxTokens }, () => now)
  memory.enable()
  return {
    memory,
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

describe('what is remembered', () => {
  it('is read once, until it is as old as the limit', async () => {
    const { memory, pass } = aMemory()
    const { asked, read } = counting(finding)
    for (let times = 0; times < 5; times++) await memory.resolve(KEY, read)
    pass(29)
    expect(memory.find(KEY, read)).toMatchObject({ record: { key: KEY } })
    expect(asked).toHaveLength(1)
    pass(31)
    expect(memory.find(KEY, read)).toBeUndefined()
    expect(memory.stats()).toMatchObject({ entries: 0, bytes: 0, hits: 5, misses: 1 })
  })

  it('is counted from the beginning of the reading, however long that took', async () => {
    const { memory, pass } = aMemory()
    const { read } = counting(finding)
    await memory.resolve(KEY, async (key, restOn) => {
      pass(59)
      return read(key, restOn)
    })
    expect(memory.find(KEY, read)).toBeDefined()
    pass(1)
    expect(memory.find(KEY, read)).toBeUndefined()
  })

  it('in use is read again beside its use before it is too old, and nobody waits', async () => {
    const { memory, pass } = aMemory()
    let scope = 'old' as Scope
    const { asked, read } = counting((key) => {
      const known = finding(key)
      return { ...known, record: { ...known.record, scopes: [scope] } }
    })
    await memory.resolve(KEY, read)
    scope = 'new' as Scope
    pass(31)
    expect(memory.find(KEY, read)).toMatchObject({ record: { scopes: ['old'] } })
    await settled()
    expect(memory.find(KEY, read)).toMatchObject({ record: { scopes: ['new'] } })
    pass(59)
    expect(memory.find(KEY, read)).toBeDefined()
    expect(asked).toHaveLength(3)
  })

  it('serves until the limit while a store does not answer, and not a moment longer', async () => {
    const { memory, pass } = aMemory()
    await memory.resolve(KEY, counting(finding).read)
    let tries = 0
    const down: Reader = async () => {
      tries++
      throw new Error('down')
    }
    for (let second = 1; second < 60; second++) {
      pass(1)
      expect(await memory.resolve(KEY, down)).toBeDefined()
      await settled()
    }
    expect(tries).toBe(30)
    pass(1)
    await expect(memory.resolve(KEY, down)).rejects.toThrow('down')
  })

  it('for want of a store that would know better is forgotten after a second', async () => {
    const { memory, pass } = aMemory()
    const { read } = counting((key) => finding(key, { provisional: true }))
    await memory.resolve(KEY, read)
    expect(memory.find(KEY, read)).toBeDefined()
    pass(1)
    expect(memory.find(KEY, read)).toBeUndefined()
  })

  it('is nothing where the site wants every check to ask the stores', async () => {
    for (const limits of [{ memoryMaxAge: 0 }, { memoryMaxTokens: 0 }]) {
      const { memory } = aMemory(limits)
      const { asked, read } = counting(finding)
      for (let times = 0; times < 3; times++) await memory.resolve(KEY, read)
      expect(asked).toHaveLength(3)
      expect(memory.stats()).toMatchObject({ entries: 0, bytes: 0 })
    }
  })

  it('never is an error', async () => {
    const { memory } = aMemory()
    await expect(memory.resolve(KEY, () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(await memory.resolve(KEY, counting(finding).read)).toBeDefined()
  })
})

describe('a token that is not there', () => {
  it('is known for that for a moment, and found as soon as it is made', async () => {
    const { memory, pass } = aMemory()
    let made = false
    const { asked, read } = counting((key) => (made ? finding(key) : undefined))
    for (let times = 0; times < 5; times++) expect(await memory.resolve(KEY, read)).toBeUndefined()
    expect(asked).toHaveLength(1)
    made = true
    memory.invalidate([KEY])
    expect(await memory.resolve(KEY, read)).toBeDefined()
    made = false
    memory.invalidate([KEY])
    await memory.resolve(KEY, read)
    pass(2)
    await memory.resolve(KEY, read)
    expect(asked).toHaveLength(4)
  })

  it('holds no longer than the reason for it: the token of a person who is enabled again is known at once', async () => {
    const { memory } = aMemory()
    let isEnabled = false
    const read: Reader = async (key, restOn) => {
      restOn(ADA)
      return isEnabled ? finding(key) : undefined
    }
    expect(await memory.resolve(KEY, read)).toBeUndefined()
    expect(memory.find(KEY, read)).toBe('unknown')
    isEnabled = true
    memory.invalidate([ADA])
    expect(await memory.resolve(KEY, read)).toMatchObject({ record: { key: KEY } })
  })

  it('pushes out no token, however many there are, nor fills the memory', async () => {
    const { memory } = aMemory()
    await memory.resolve(KEY, counting(finding).read)
    const nothing = counting(() => undefined)
    for (let number = 0; number < 20_000; number++) await memory.resolve(`junk-${number}` as TokenKey, nothing.read)
    expect(memory.stats().entries).toBe(1)
    expect(memory.find('junk-0' as TokenKey, nothing.read)).toBeUndefined()
    expect(memory.find('junk-19999' as TokenKey, nothing.read)).toBe('unknown')
    expect(memory.find(KEY, nothing.read)).toBeDefined()
  })
})

describe('the room for what is remembered', () => {
  it('ends at a number of tokens, and those in use are the last to go', async () => {
    const { memory } = aMemory({ memoryMaxTokens: 100 })
    const { read } = counting(finding)
    for (let number = 0; number < 1000; number++) {
      await memory.resolve(`key-${number}` as TokenKey, read)
      memory.find('key-0' as TokenKey, read)
    }
    expect(memory.stats().entries).toBe(100)
    expect(memory.find('key-0' as TokenKey, read)).toBeDefined()
    expect(memory.find('key-1' as TokenKey, read)).toBeUndefined()
  })

  it('ends at a number of bytes, too: a few tokens with much to say take no more than many with little', async () => {
    const { memory } = aMemory({ memoryMaxTokens: 100 })
    const long = 'x'.repeat(10_000)
    const { read } = counting((key) => finding(key, {}, long))
    for (let number = 0; number < 1000; number++) await memory.resolve(`key-${number}` as TokenKey, read)
    const { entries, bytes } = memory.stats()
    expect(bytes).toBeLessThanOrEqual(100 * 1024)
    expect(entries).toBeLessThan(11)
    expect(entries).toBeGreaterThan(5)
  })

  it('is given back with the tokens, and with what was kept with them', async () => {
    const { memory } = aMemory()
    const { read } = counting(finding)
    const kept = await memory.resolve(KEY, read)
    const { bytes } = memory.stats()
    const entry = memory.find(KEY, read)
    if (typeof entry !== 'object') throw new Error('It is not remembered')
    const numbers = memory.attachments<number>((number) => 1000 + number)
    numbers.set(
      entry,
      Array.from({ length: 100 }, (_, index) => index),
    )
    expect(numbers.get(entry)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(memory.stats().bytes).toBe(bytes + 8 * 1000 + 28)
    expect(memory.attachments<string>(() => 1).get(entry)).toEqual([])
    memory.invalidate([KEY])
    expect(memory.stats()).toMatchObject({ entries: 0, bytes: 0 })
    numbers.set(entry, [1])
    expect(memory.stats().bytes).toBe(0)
    expect(kept).toBe(entry)
  })
})

describe('many who miss the same token', () => {
  it('wait for one reading', async () => {
    const { memory } = aMemory()
    const { asked, read } = counting(finding)
    const all = await Promise.all(Array.from({ length: 50 }, () => memory.resolve(KEY, read)))
    expect(new Set(all).size).toBe(1)
    expect(asked).toHaveLength(1)
  })

  it('do not wait for a reading that began before the token changed', async () => {
    const { memory } = aMemory()
    const { opened, open } = gate()
    let reads = 0
    const read: Reader = async (key) => {
      reads++
      if (reads > 1) return undefined
      await opened
      return finding(key)
    }
    const early = memory.resolve(KEY, read)
    memory.invalidate([KEY])
    expect(await memory.resolve(KEY, read)).toBeUndefined()
    open()
    expect(await early).toBeUndefined()
    expect(memory.find(KEY, read)).toBe('unknown')
  })

  it('each read for themselves while changes are not heard of', async () => {
    const { memory } = aMemory()
    memory.bypass()
    const { asked, read } = counting(finding)
    await Promise.all(Array.from({ length: 5 }, () => memory.resolve(KEY, read)))
    expect(asked).toHaveLength(5)
    expect(memory.stats()).toMatchObject({ entries: 0, bypassed: 1 })
  })
})

/** What the stores have: each of these is read in a step of its own. */
type World = Record<Topic, number>
const STEPS: readonly Topic[] = [KEY, PARENT, ADA]

/** A reader of the three, that stops before and after each of them until it is let on. */
function stepwise(world: World) {
  const gates = STEPS.flatMap(() => [gate(), gate()])
  let readings = 0
  const read: Reader = async (key, restOn) => {
    const seen: string[] = []
    // Only the first reading is held up.
    const held = readings++ === 0
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

describe('a change', () => {
  /** At each place between the steps of a reading, and each later one at which it is heard of. */
  const interleavings = STEPS.flatMap((topic) =>
    Array.from({ length: 7 }, (_, made) => made).flatMap((made) =>
      Array.from({ length: 8 - made }, (_, later) => ({ topic, made, heard: made + later })),
    ),
  )

  it.each(interleavings)(
    'of $topic made at step $made of a reading and heard of at step $heard leaves nothing stale',
    async ({ topic, made, heard }) => {
      const { memory } = aMemory()
      const world: World = { [KEY]: 1, [PARENT]: 1, [ADA]: 1 }
      const { read, gates } = stepwise(world)
      const reading = memory.resolve(KEY, read)
      for (let step = 0; step <= 6; step++) {
        await settled()
        if (step === made) world[topic] = 2
        if (step === heard) memory.invalidate([topic])
        gates[step]?.open()
      }
      const answered = await reading
      if (heard === 7) memory.invalidate([topic])
      const kept = memory.find(KEY, read)
      const now = STEPS.map((each) => `${each}=${world[each]}`).join(' ')
      if (typeof kept === 'object') expect(kept.record.email).toBe(now)
      // Who waited is told what was so after the change was heard of, unless that was too late for them.
      if (heard < 6) expect(answered?.record.email).toBe(now)
      expect((await memory.resolve(KEY, read))?.record.email).toBe(now)
    },
  )

  it.each([
    ['the token itself', KEY],
    ['a token that it came from', PARENT],
    ['its owner', ADA],
  ])('of %s drops what is remembered, and nothing else', async (_what, topic) => {
    const { memory } = aMemory()
    const other = 'other' as TokenKey
    const { asked, read } = counting(finding)
    const resting =
      (on: readonly Topic[]): Reader =>
      (key, restOn) => {
        for (const each of on) restOn(each)
        return read(key, restOn)
      }
    await memory.resolve(KEY, resting([PARENT, ADA]))
    await memory.resolve(other, resting([personTopic('grace')]))
    memory.invalidate([topic])
    expect(memory.find(KEY, read)).toBeUndefined()
    expect(memory.find(other, read)).toBeDefined()
    await memory.resolve(KEY, read)
    expect(asked).toEqual([KEY, other, KEY])
    expect(memory.stats().invalidations).toBe(1)
  })

  it('that comes again and again keeps nobody waiting for ever, and leaves nothing behind', async () => {
    const { memory } = aMemory()
    let reads = 0
    const found = await memory.resolve(KEY, async (key, restOn) => {
      restOn(ADA)
      reads++
      memory.invalidate([ADA])
      return finding(key)
    })
    expect(found).toBeDefined()
    expect(reads).toBe(3)
    expect(memory.stats().entries).toBe(0)
  })

  it('of which the topic is not known drops everything, and a read in progress begins again', async () => {
    const { memory } = aMemory()
    await memory.resolve('other' as TokenKey, counting(finding).read)
    await memory.resolve('junk' as TokenKey, counting(() => undefined).read)
    const { opened, open } = gate()
    let reads = 0
    const reading = memory.resolve(KEY, async (key) => {
      const number = ++reads
      await opened
      return finding(key, {}, `reading ${number}`)
    })
    memory.invalidateAll()
    expect(memory.stats()).toMatchObject({ entries: 0, bytes: 0, bypassed: 0 })
    expect(memory.find('junk' as TokenKey, counting(finding).read)).toBeUndefined()
    open()
    expect((await reading)?.record.email).toBe('reading 2')
  })

  it.each([
    [true, 'reading 2'],
    [false, undefined],
  ])(
    'that could have been missed empties the memory, and a reading under way is not kept (heard again: %s)',
    async (again, kept) => {
      const { memory } = aMemory()
      const { opened, open } = gate()
      await memory.resolve('other' as TokenKey, counting(finding).read)
      let readings = 0
      const read: Reader = async (key) => {
        const number = ++readings
        await opened
        return finding(key, {}, `reading ${number}`)
      }
      const reading = memory.resolve(KEY, read)
      memory.bypass()
      expect(memory.stats()).toMatchObject({ entries: 0, bytes: 0, bypassed: 1 })
      if (again) memory.enable()
      open()
      await reading
      const found = memory.find(KEY, read)
      expect(typeof found === 'object' ? found.record.email : found).toBe(kept)
    },
  )
})
