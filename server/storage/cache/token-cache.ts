import type { TokenRecord } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import { type Finding, Remembered } from './cached-token.js'
import { areSound, type Ground, Grounds, type Topic } from './dependencies.js'
import { Readings } from './dependent-cache.js'
import { SharedLists, TokenEntries } from './entries.js'
import { UnknownKeys } from './negative-cache.js'

/** Reads a token from the stores. It says what it is about to rest on, each before it reads it. */
export type Reader = (key: TokenKey, restOn: (topic: Topic) => void) => Promise<Finding | undefined>

/** What is found in memory: a token; that there is none; or nothing. */
export type Found = Remembered | 'unknown' | undefined

export interface MemoryNumbers {
  readonly hits: number
  readonly misses: number
  readonly entries: number
  readonly bytes: number
  /** 1 while nothing is remembered because news of changes would not arrive. */
  readonly bypassed: 0 | 1
  /** Changes heard of, this process' own among them. */
  readonly invalidations: number
}

interface Limits {
  /** Seconds. */
  readonly memoryMaxAge: number
  readonly memoryMaxTokens: number
}

const PROVISIONAL_MS = 1_000
/** How soon a reading beside a use is tried again when a store does not answer. */
const RETRY_MS = 1_000
/** A reading that changes overtake so often is answered with what was read last, and not kept. */
const MOST_READINGS = 3

/** A reading under way. All who miss the same token wait for one, until something changes. */
interface Reading {
  grounds: Ground[]
  /** The token itself has changed since it began. */
  overtaken: boolean
  found: Promise<Finding | undefined>
}

/**
 * The tokens that this process has read, for as long as it can be sure of them. It is never staler than it says: a change
 * drops what rests on it at once, a reading that a change has overtaken is not kept, and after `memoryMaxAge` nothing is,
 * whatever happened. While it could miss a change it remembers nothing at all. The process' own clock that never steps
 * counts the age; a token's expiry is for those who use it to look at.
 */
export class TokenMemory {
  readonly #entries: TokenEntries
  readonly #readings = new Map<TokenKey, Reading>()
  readonly #grounds = new Grounds()
  readonly #unknown: UnknownKeys
  readonly #lists = new SharedLists()
  readonly #maxAgeMs: number
  readonly #maxTokens: number
  readonly #now: () => number
  #trusted = false
  #hits = 0
  #misses = 0
  #invalidations = 0

  constructor({ memoryMaxAge, memoryMaxTokens }: Limits, now: () => number) {
    this.#maxAgeMs = memoryMaxAge * 1000
    this.#maxTokens = memoryMaxTokens
    this.#now = now
    this.#entries = new TokenEntries(memoryMaxTokens, ({ grounds }) => this.#grounds.release(grounds))
    this.#unknown = new UnknownKeys((grounds) => this.#grounds.release(grounds))
  }

  /** Whether every change is heard of. Until {@link trust} it is not. */
  get isTrusted(): boolean {
    return this.#trusted
  }

  trust(): void {
    this.#trusted = true
  }

  /** Changes may be missed from now on: forgets everything, and remembers nothing until {@link trust}. */
  distrust(): void {
    this.#trusted = false
    this.#grounds.undermineAll()
    for (const reading of this.#readings.values()) reading.overtaken = true
    this.#readings.clear()
    this.#entries.clear()
    this.#unknown.clear()
  }

  /** These have changed: what rests on them is over. */
  forget(topics: Iterable<Topic>): void {
    for (const topic of topics) {
      this.#invalidations++
      this.#grounds.undermine(topic)
      const key = topic as TokenKey
      const reading = this.#readings.get(key)
      if (reading) reading.overtaken = true
      this.#unknown.delete(key)
      this.#entries.drop(key)
    }
  }

  /** A memory of other things, at most so many, that is told of changes as this one is. */
  beside<V>(most: number): Readings<V> {
    return new Readings({
      grounds: this.#grounds,
      isTrusted: () => this.#trusted,
      maxAgeMs: this.#maxAgeMs,
      now: this.#now,
      most,
    })
  }

  /** What is remembered of a key, without waiting. What is in use is read again, by `read`, before it is too old. */
  find(key: TokenKey, read: Reader): Found {
    const entry = this.#entries.get(key)
    const now = this.#now()
    if (!entry) return this.#unknown.has(key, now) ? 'unknown' : undefined
    if (now >= entry.goodUntil || !areSound(entry.grounds)) {
      this.#entries.drop(key)
      return undefined
    }
    entry.used = true
    this.#hits++
    if (now >= entry.freshUntil) this.#renew(key, entry, read, now)
    return entry
  }

  /** The token of a key, from memory or else by `read`; nothing when there is none. Throws what `read` throws. */
  async recall(key: TokenKey, read: Reader): Promise<Finding | undefined> {
    const found = this.find(key, read)
    if (found !== undefined) return found === 'unknown' ? undefined : found
    this.#misses++
    // What another check began to read may be older than this one, and nobody would tell of a change.
    if (!this.#trusted) return read(key, () => undefined)
    return this.#reading(key, read).found
  }

  /** Keeps answers with a token for as long as the token itself; the first few of them. */
  keepAnswers(entry: Remembered, answers: readonly unknown[]): void {
    this.#entries.keepAnswers(entry, answers)
  }

  numbers(): MemoryNumbers {
    return {
      hits: this.#hits,
      misses: this.#misses,
      entries: this.#entries.size,
      bytes: this.#entries.bytes,
      bypassed: this.#trusted ? 0 : 1,
      invalidations: this.#invalidations,
    }
  }

  #reading(key: TokenKey, read: Reader): Reading {
    const running = this.#readings.get(key)
    if (running && isSound(running)) return running
    const reading: Reading = { grounds: [], overtaken: false, found: Promise.resolve(undefined) }
    this.#readings.set(key, reading)
    reading.found = this.#read(key, reading, read).finally(() => {
      if (this.#readings.get(key) === reading) this.#readings.delete(key)
    })
    return reading
  }

  async #read(key: TokenKey, reading: Reading, read: Reader): Promise<Finding | undefined> {
    for (let times = 1; ; times++) {
      const began = this.#now()
      reading.grounds = []
      reading.overtaken = false
      try {
        const finding = await read(key, (topic) => reading.grounds.push(this.#grounds.hold(topic)))
        const latest = this.#readings.get(key)
        if (latest === reading && isSound(reading)) return this.#keep(key, finding, reading.grounds, began)
        this.#grounds.release(reading.grounds)
        // Others, who came after the change, have a newer reading than this one.
        if (latest !== reading) return this.#trusted ? this.recall(key, read) : finding
        if (times === MOST_READINGS) return finding
      } catch (error) {
        this.#grounds.release(reading.grounds)
        throw error
      }
    }
  }

  #keep(key: TokenKey, finding: Finding | undefined, grounds: readonly Ground[], readAt: number): Finding | undefined {
    this.#entries.drop(key)
    if (!finding || this.#maxAgeMs === 0 || this.#maxTokens === 0) {
      if (!finding && this.#maxAgeMs > 0) this.#unknown.add(keyAlone(key), grounds, readAt)
      else this.#grounds.release(grounds)
      return finding
    }
    const age = finding.provisional ? Math.min(PROVISIONAL_MS, this.#maxAgeMs) : this.#maxAgeMs
    const until = { freshUntil: readAt + (finding.provisional ? age : age / 2), goodUntil: readAt + age }
    const entry = new Remembered({ ...finding, record: this.#compact(finding.record) }, grounds, until)
    this.#entries.put(entry)
    return entry
  }

  #compact(record: TokenRecord): TokenRecord {
    const { scopes, groups, idle } = record
    return {
      ...record,
      key: keyAlone(record.key),
      scopes: this.#lists.share(scopes),
      ...(groups && { groups: this.#lists.share(groups) }),
      ...(idle && { idle: { ...idle, key: keyAlone(idle.key) } }),
    }
  }

  /** A change that arrives meanwhile drops the entry all the same; a store that does not answer leaves it as it is. */
  #renew(key: TokenKey, entry: Remembered, read: Reader, now: number): void {
    entry.freshUntil = now + RETRY_MS
    this.#reading(key, read).found.catch(() => undefined)
  }
}

const isSound = ({ overtaken, grounds }: Reading): boolean => !overtaken && areSound(grounds)

/** Read off a header, a key is a view of the whole of it, with the secret: this is the key alone. */
function keyAlone(key: TokenKey): TokenKey {
  return Buffer.from(key, 'latin1').toString('latin1') as TokenKey
}
