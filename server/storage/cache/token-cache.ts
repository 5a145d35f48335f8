import type { TokenRecord } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import { CachedToken, type CacheLookup } from './cached-token.js'
import { areValid, Dependencies, type Dependency, type Topic } from './dependencies.js'
import { DependentCache } from './dependent-cache.js'
import { BoundedEntries, InternedLists } from './entries.js'
import { NegativeCache } from './negative-cache.js'

/** Reads a token from the stores. It says what it is about to rest on, each before it reads it. */
export type Reader = (key: TokenKey, restOn: (topic: Topic) => void) => Promise<CacheLookup | undefined>

/** What is found in memory: a token; that there is none; or nothing. */
export type ResolvedToken = CachedToken | 'unknown' | undefined

export interface CacheStats {
  readonly hits: number
  readonly misses: number
  readonly entries: number
  readonly bytes: number
  /** 1 while nothing is remembered because news of changes would not arrive. */
  readonly bypassed: 0 | 1
  /** Changes heard of, this process' own among them. */
  readonly invalidations: number
}

interface CacheLimits {
  /** Seconds. */
  readonly memoryMaxAge: number
  readonly memoryMaxTokens: number
}

const PROVISIONAL_MS = 1_000
/** How soon a reading beside a use is tried again when a store does not answer. */
const RETRY_MS = 1_000
/** A reading that changes overtake so often is answered with what was read last, and not kept. */
const MAX_READS = 3

/** A reading under way. All who miss the same token wait for one, until something changes. */
interface PendingRead {
  dependencies: Dependency[]
  /** The token itself has changed since it began. */
  isInvalidated: boolean
  result: Promise<CacheLookup | undefined>
}

/**
 * The tokens that this process has read, for as long as it can be sure of them. It is never staler than it says: a change
 * drops what rests on it at once, a reading that a change has overtaken is not kept, and after `memoryMaxAge` nothing is,
 * whatever happened. While it could miss a change it remembers nothing at all. The process' own clock that never steps
 * counts the age; a token's expiry is for those who use it to look at.
 */
export class TokenCache {
  readonly #entries: BoundedEntries
  readonly #pendingReads = new Map<TokenKey, PendingRead>()
  readonly #dependencies = new Dependencies()
  readonly #negative: NegativeCache
  readonly #interned = new InternedLists()
  readonly #maxAgeMs: number
  readonly #maxTokens: number
  readonly #now: () => number
  #enabled = false
  #hits = 0
  #misses = 0
  #invalidations = 0

  constructor({ memoryMaxAge, memoryMaxTokens }: CacheLimits, now: () => number) {
    this.#maxAgeMs = memoryMaxAge * 1000
    this.#maxTokens = memoryMaxTokens
    this.#now = now
    this.#entries = new BoundedEntries(memoryMaxTokens, ({ dependencies }) => this.#dependencies.release(dependencies))
    this.#negative = new NegativeCache((dependencies) => this.#dependencies.release(dependencies))
  }

  /** Whether every change is heard of. Until {@link enable} it is not. */
  get isEnabled(): boolean {
    return this.#enabled
  }

  enable(): void {
    this.#enabled = true
  }

  /** Changes may be missed from now on: forgets everything, and remembers nothing until {@link enable}. */
  bypass(): void {
    this.#enabled = false
    this.#dependencies.invalidateAll()
    for (const reading of this.#pendingReads.values()) reading.isInvalidated = true
    this.#pendingReads.clear()
    this.#entries.clear()
    this.#negative.clear()
  }

  /** These have changed: what rests on them is over. */
  invalidate(topics: Iterable<Topic>): void {
    for (const topic of topics) {
      this.#invalidations++
      this.#dependencies.invalidate(topic)
      const key = topic as TokenKey
      const reading = this.#pendingReads.get(key)
      if (reading) reading.isInvalidated = true
      this.#negative.delete(key)
      this.#entries.drop(key)
    }
  }

  /** A memory of other things, at most so many, that is told of changes as this one is. */
  derivedCache<V>(most: number): DependentCache<V> {
    return new DependentCache({
      dependencies: this.#dependencies,
      isEnabled: () => this.#enabled,
      maxAgeMs: this.#maxAgeMs,
      now: this.#now,
      maxEntries: most,
    })
  }

  /** What is remembered of a key, without waiting. What is in use is read again, by `read`, before it is too old. */
  find(key: TokenKey, read: Reader): ResolvedToken {
    const entry = this.#entries.get(key)
    const now = this.#now()
    if (!entry) return this.#negative.has(key, now) ? 'unknown' : undefined
    if (now >= entry.goodUntil || !areValid(entry.dependencies)) {
      this.#entries.drop(key)
      return undefined
    }
    entry.isRecentlyUsed = true
    this.#hits++
    if (now >= entry.freshUntil) this.#renew(key, entry, read, now)
    return entry
  }

  /** The token of a key, from memory or else by `read`; nothing when there is none. Throws what `read` throws. */
  async resolve(key: TokenKey, read: Reader): Promise<CacheLookup | undefined> {
    const found = this.find(key, read)
    if (found !== undefined) return found === 'unknown' ? undefined : found
    this.#misses++
    // What another check began to read may be older than this one, and nobody would tell of a change.
    if (!this.#enabled) return read(key, () => undefined)
    return this.#startRead(key, read).result
  }

  /** Keeps answers with a token for as long as the token itself; the first few of them. */
  attach(entry: CachedToken, answers: readonly unknown[]): void {
    this.#entries.attach(entry, answers)
  }

  stats(): CacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      entries: this.#entries.size,
      bytes: this.#entries.bytes,
      bypassed: this.#enabled ? 0 : 1,
      invalidations: this.#invalidations,
    }
  }

  #startRead(key: TokenKey, read: Reader): PendingRead {
    const running = this.#pendingReads.get(key)
    if (running && isSound(running)) return running
    const reading: PendingRead = { dependencies: [], isInvalidated: false, result: Promise.resolve(undefined) }
    this.#pendingReads.set(key, reading)
    reading.result = this.#read(key, reading, read).finally(() => {
      if (this.#pendingReads.get(key) === reading) this.#pendingReads.delete(key)
    })
    return reading
  }

  async #read(key: TokenKey, reading: PendingRead, read: Reader): Promise<CacheLookup | undefined> {
    for (let times = 1; ; times++) {
      const began = this.#now()
      reading.dependencies = []
      reading.isInvalidated = false
      try {
        const finding = await read(key, (topic) => reading.dependencies.push(this.#dependencies.retain(topic)))
        const latest = this.#pendingReads.get(key)
        if (latest === reading && isSound(reading)) return this.#store(key, finding, reading.dependencies, began)
        this.#dependencies.release(reading.dependencies)
        // Others, who came after the change, have a newer reading than this one.
        if (latest !== reading) return this.#enabled ? this.resolve(key, read) : finding
        if (times === MAX_READS) return finding
      } catch (error) {
        this.#dependencies.release(reading.dependencies)
        throw error
      }
    }
  }

  #store(
    key: TokenKey,
    finding: CacheLookup | undefined,
    dependencies: readonly Dependency[],
    readAt: number,
  ): CacheLookup | undefined {
    this.#entries.drop(key)
    if (!finding || this.#maxAgeMs === 0 || this.#maxTokens === 0) {
      if (!finding && this.#maxAgeMs > 0) this.#negative.add(keyAlone(key), dependencies, readAt)
      else this.#dependencies.release(dependencies)
      return finding
    }
    const age = finding.provisional ? Math.min(PROVISIONAL_MS, this.#maxAgeMs) : this.#maxAgeMs
    const until = { freshUntil: readAt + (finding.provisional ? age : age / 2), goodUntil: readAt + age }
    const entry = new CachedToken({ ...finding, record: this.#compact(finding.record) }, dependencies, until)
    this.#entries.put(entry)
    return entry
  }

  #compact(record: TokenRecord): TokenRecord {
    const { scopes, groups, idle } = record
    return {
      ...record,
      key: keyAlone(record.key),
      scopes: this.#interned.intern(scopes),
      ...(groups && { groups: this.#interned.intern(groups) }),
      ...(idle && { idle: { ...idle, key: keyAlone(idle.key) } }),
    }
  }

  /** A change that arrives meanwhile drops the entry all the same; a store that does not answer leaves it as it is. */
  #renew(key: TokenKey, entry: CachedToken, read: Reader, now: number): void {
    entry.freshUntil = now + RETRY_MS
    this.#startRead(key, read).result.catch(() => undefined)
  }
}

const isSound = ({ isInvalidated: overtaken, dependencies }: PendingRead): boolean =>
  !overtaken && areValid(dependencies)

/** Read off a header, a key is a view of the whole of it, with the secret: this is the key alone. */
function keyAlone(key: TokenKey): TokenKey {
  return Buffer.from(key, 'latin1').toString('latin1') as TokenKey
}
