import type { TokenKey } from '../../core/token/token.js'
import { type Attachable, TokenAttachments } from './attachments.js'
import { CachedToken, type CacheLookup, type KnownVersion } from './cached-token.js'
import { compactRecord, detached } from './compact-record.js'
import { areValid, Dependencies, type Dependency, ownerAmong } from './dependencies.js'
import { DependentCache } from './dependent-cache.js'
import { BoundedEntries, InternedLists } from './entries.js'
import { NegativeCache } from './negative-cache.js'
import { isTokenTopic, type Topic } from './topic.js'

/** Reads a token from the stores. Declares each dependency: a change of it since the read began invalidates the read. */
export type Reader = (key: TokenKey, dependOn: (topic: Topic) => void) => Promise<CacheLookup | undefined>

/** Returns the keys of those tokens that are no longer as they were read. */
export type ChangeFinder = (known: readonly KnownVersion[]) => Promise<ReadonlySet<TokenKey>>

/** A cached token; `unknown` when the cache knows that there is none; undefined when the stores must be read. */
export type ResolvedToken = CachedToken | 'unknown' | undefined

export interface CacheStats {
  readonly hits: number
  readonly misses: number
  readonly entries: number
  readonly bytes: number
  /** 1 while the cache is bypassed because invalidations would not arrive. */
  readonly bypassed: 0 | 1
  /** Topics invalidated, including those that this process published. */
  readonly invalidations: number
}

interface CacheLimits {
  /** Seconds. */
  readonly memoryMaxAge: number
  readonly memoryMaxTokens: number
}

const PROVISIONAL_MS = 1_000
/** So long the entries that are due are collected, to be read together: they are good for much longer. */
const RENEW_TOGETHER_MS = 50
const MOST_TOGETHER = 500
/** How soon a background read is retried when a store does not answer. */
const RETRY_MS = 1_000
/** After so many invalidated reads the last result is returned, and not cached. */
const MAX_READS = 3

/** A read in progress. All callers that miss the same token share it, until it is invalidated. */
interface PendingRead {
  dependencies: Dependency[]
  /** The changes until its beginning. */
  moment: number
  /** Whether the token itself has changed since the read began. */
  isInvalidated: boolean
  result: Promise<CacheLookup | undefined>
}

interface Renewal extends KnownVersion {
  readonly entry: CachedToken
  readonly read: Reader
}

/**
 * Caches tokens by their effective records. Never staler than promised: an invalidation drops its dependents at once, a read
 * that was invalidated while running is not cached, and no entry outlives `memoryMaxAge`. While an invalidation could be
 * missed, the cache is bypassed. A monotonic clock counts the age. The token's own expiry is checked by the caller.
 */
export class TokenCache {
  readonly #entries: BoundedEntries
  readonly #pendingReads = new Map<TokenKey, PendingRead>()
  /** Entries to be read again. */
  readonly #renewals = new Map<TokenKey, Reader>()
  readonly #dependencies = new Dependencies()
  readonly #negative: NegativeCache
  readonly #interned = new InternedLists()
  readonly #maxAgeMs: number
  readonly #maxTokens: number
  readonly #now: () => number
  readonly #findChanged: ChangeFinder
  #enabled = false
  #hits = 0
  #misses = 0
  #invalidations = 0

  constructor({ memoryMaxAge, memoryMaxTokens }: CacheLimits, now: () => number, findChanged: ChangeFinder) {
    this.#findChanged = findChanged
    this.#maxAgeMs = memoryMaxAge * 1000
    this.#maxTokens = memoryMaxTokens
    this.#now = now
    this.#entries = new BoundedEntries(memoryMaxTokens, (entry) => this.#release(entry))
    this.#negative = new NegativeCache((dependencies) => this.#dependencies.release(dependencies))
  }

  /** Whether every invalidation arrives; false until {@link enable}. */
  get isEnabled(): boolean {
    return this.#enabled
  }

  enable(): void {
    this.#enabled = true
  }

  /** Drops all entries and caches nothing until {@link enable}: invalidations may be missed from now on. */
  bypass(): void {
    this.#enabled = false
    this.invalidateAll()
    this.#pendingReads.clear()
  }

  /** Drops all entries, and the results of the reads in progress. */
  invalidateAll(): void {
    this.#dependencies.invalidateAll()
    for (const pending of this.#pendingReads.values()) pending.isInvalidated = true
    this.#entries.clear()
    this.#negative.clear()
  }

  /** Drops the entries of these topics, and all that depend on them. */
  invalidate(topics: Iterable<Topic>): void {
    for (const topic of topics) {
      this.#invalidations++
      this.#dependencies.invalidate(topic)
      if (isTokenTopic(topic)) this.#drop(topic)
    }
  }

  /** Makes a cache of other values, of at most so many, that follows the same invalidations. */
  derivedCache<V>(maxEntries: number): DependentCache<V> {
    return new DependentCache({
      dependencies: this.#dependencies,
      isEnabled: () => this.#enabled,
      maxAgeMs: this.#maxAgeMs,
      now: this.#now,
      maxEntries,
    })
  }

  /** Makes a store of values that are attached to cached tokens and evicted with them. */
  attachments<A>(kind: Attachable<A>): TokenAttachments<A> {
    return new TokenAttachments(kind, (entry, list) => this.#entries.attach(entry, list))
  }

  /** Finds a key in the cache, without waiting. A use in the second half of an entry's life also starts a new read. */
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

  /** Finds the token of a key in the cache, or else by `read`. Throws what `read` throws. */
  async resolve(key: TokenKey, read: Reader): Promise<CacheLookup | undefined> {
    const cached = this.find(key, read)
    if (cached !== undefined) return cached === 'unknown' ? undefined : cached
    this.#misses++
    // A read that another check began may be older than this one, and no invalidation would arrive.
    if (!this.#enabled) return read(key, () => undefined)
    return this.#startRead(key, read).result
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

  #drop(key: TokenKey): void {
    const pending = this.#pendingReads.get(key)
    if (pending) pending.isInvalidated = true
    this.#negative.delete(key)
    this.#entries.drop(key)
  }

  #startRead(key: TokenKey, read: Reader): PendingRead {
    const running = this.#pendingReads.get(key)
    // A change since it began may be of an owner that it has not declared yet: this caller came after the change.
    if (running && isCurrent(running) && running.moment === this.#dependencies.moment) return running
    const pending: PendingRead = {
      dependencies: [],
      moment: this.#dependencies.moment,
      isInvalidated: false,
      result: Promise.resolve(undefined),
    }
    this.#pendingReads.set(key, pending)
    pending.result = this.#read(key, pending, read).finally(() => {
      if (this.#pendingReads.get(key) === pending) this.#pendingReads.delete(key)
    })
    return pending
  }

  async #read(key: TokenKey, pending: PendingRead, read: Reader): Promise<CacheLookup | undefined> {
    for (let attempt = 1; ; attempt++) {
      const startedAt = this.#now()
      const { moment } = this.#dependencies
      pending.dependencies = []
      pending.moment = moment
      pending.isInvalidated = false
      try {
        const result = await read(key, (topic) => {
          pending.dependencies.push(this.#dependencies.retainSince(topic, moment))
        })
        const latest = this.#pendingReads.get(key)
        if (latest === pending && isCurrent(pending)) return this.#store(key, result, pending.dependencies, startedAt)
        this.#dependencies.release(pending.dependencies)
        // A caller that came after the change has started a newer read.
        if (latest !== pending) return this.#enabled ? this.resolve(key, read) : result
        if (attempt === MAX_READS) return result
      } catch (error) {
        this.#dependencies.release(pending.dependencies)
        throw error
      }
    }
  }

  #store(
    key: TokenKey,
    result: CacheLookup | undefined,
    dependencies: readonly Dependency[],
    readAt: number,
  ): CacheLookup | undefined {
    const owner = ownerAmong(dependencies)
    const twin = owner?.twin
    this.#entries.drop(key)
    if (!result || this.#maxAgeMs === 0 || this.#maxTokens === 0) {
      if (!result && this.#maxAgeMs > 0) this.#negative.add(detached(key), dependencies, readAt)
      else this.#dependencies.release(dependencies)
      return result
    }
    const age = result.provisional ? Math.min(PROVISIONAL_MS, this.#maxAgeMs) : this.#maxAgeMs
    const until = { freshUntil: readAt + (result.provisional ? age : age / 2), goodUntil: readAt + age }
    const record = compactRecord(result.record, twin?.record, this.#interned)
    const entry = new CachedToken({ ...result, record }, dependencies, until)
    if (owner && !owner.twin) owner.twin = entry
    this.#entries.put(entry)
    return entry
  }

  #release(entry: CachedToken): void {
    const owner = ownerAmong(entry.dependencies)
    if (owner?.twin === entry) owner.twin = undefined
    this.#dependencies.release(entry.dependencies)
  }

  /** Has an entry read again, together with others: a store answers many at once for the price of a few. */
  #renew(key: TokenKey, entry: CachedToken, read: Reader, now: number): void {
    entry.freshUntil = now + RETRY_MS
    this.#renewals.set(key, read)
    if (this.#renewals.size === 1) setTimeout(() => this.#renewAll(), RENEW_TOGETHER_MS).unref()
  }

  /** An invalidation meanwhile drops an entry all the same; a failed read leaves it. */
  #renewAll(): void {
    const known: Renewal[] = []
    for (const [key, read] of this.#renewals) {
      const entry = this.#entries.get(key)
      if (!entry) continue
      if (entry.version === undefined) this.#readAgain(key, read)
      else known.push({ key, version: entry.version, entry, read })
    }
    this.#renewals.clear()
    for (let from = 0; from < known.length; from += MOST_TOGETHER)
      this.#extend(known.slice(from, from + MOST_TOGETHER)).catch(() => undefined)
  }

  #readAgain(key: TokenKey, read: Reader): void {
    if (this.#enabled && this.#entries.get(key)) this.#startRead(key, read).result.catch(() => undefined)
  }

  /**
   * Extends entries whose store says that nothing of them has changed, and reads the others again. It is as good as a read: one that
   * was dropped meanwhile is no longer found, and one with a dependency that has changed is not valid, however young.
   */
  async #extend(renewals: readonly Renewal[]): Promise<void> {
    const askedAt = this.#now()
    const changed = await this.#findChanged(renewals)
    for (const { key, entry, read } of renewals) {
      if (changed.has(key)) this.#readAgain(key, read)
      else {
        entry.freshUntil = Math.trunc(askedAt + this.#maxAgeMs / 2)
        entry.goodUntil = Math.trunc(askedAt + this.#maxAgeMs)
      }
    }
  }
}

const isCurrent = ({ isInvalidated, dependencies }: PendingRead): boolean => !isInvalidated && areValid(dependencies)
