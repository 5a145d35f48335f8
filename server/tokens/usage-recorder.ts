import { DAY, type EpochSeconds, MINUTE } from '../core/time.js'
import type { TokenRecord, Use } from '../core/token/record.js'
import { homeOf, type TokenKey } from '../core/token/token.js'
import { isOtherPlaces, OTHER_PLACES, storedClient, type UsePlace } from '../core/token/use-place.js'
import type { PeopleContext } from '../people/find-person.js'
import type { Context } from '../storage/context.js'
import type { UseEntry } from '../storage/postgres/token-use-log.js'
import { recordUses, recordUsesBelow } from '../storage/postgres/tokens.js'
import { recordRedisUse, recordUseBelow } from '../storage/redis/tokens.js'
import { logUses } from './notices/log-uses.js'
import { tellLostPermissions } from './notices/tell-lost.js'

/** The flush interval: seconds of "last used" that a crash may lose of a token with an idle timeout, or not used for a minute. */
export const FLUSH_SECONDS = 3

/** A token that goes on being used is written so often, if no idle timeout depends on it: a site has many such tokens. */
const WRITE_SECONDS = MINUTE

/**
 * Seconds after which a use is in the store. The idle timeout is judged by the store, so it is extended by this much: a token
 * may expire a little late, never early.
 */
export const USAGE_WRITE_LAG = FLUSH_SECONDS + 2

/** With more uses between two flushes, the oldest are dropped: a "last used" is not worth unbounded memory. */
const MAX_PENDING_USES = 100_000

/** How many places are known at a time: with more, tokens have some of their texts twice. */
const MAX_SEEN_PLACES = 10_000

/**
 * Buffers uses, so that the check itself never writes. Recording one writes to a map; {@link flush} writes all of them to the
 * stores, and {@link flushDue} those that are due, in one statement for the last uses and one for the use log.
 */
export class UsageRecorder {
  #lastUses = new Map<TokenKey, LatestUse>()
  /** Last use of a token's delegated tokens, where that resets its idle timeout. */
  #delegatedUses = new Map<TokenKey, EpochSeconds>()
  #log = new Map<string, PendingUses>()
  /** How many places of each token are in {@link #log}. */
  #places = new Map<TokenKey, number>()
  /** User tokens that lacked a permission, and the day on which each was last looked at. */
  #refused = new Set<TokenKey>()
  readonly #lookedAt = new Map<TokenKey, number>()
  /** The places since the last flush, by address and User-Agent: the uses of many tokens share the texts of one. */
  readonly #seenPlaces = new Map<string, SeenPlace>()
  /** Tokens whose uses were written within {@link WRITE_SECONDS}, the earliest first. */
  readonly #written = new Map<TokenKey, EpochSeconds>()
  #dropped = 0
  readonly #placesPerDay: number

  /** @param placesPerDay how many addresses and clients of a token on a day are told apart */
  constructor(placesPerDay: number) {
    this.#placesPerDay = placesPerDay
  }

  record(token: TokenRecord, at: EpochSeconds, from: string | undefined, userAgent: string | undefined): void {
    const address = from ?? ''
    const day = Math.floor(at / DAY)
    if (token.idle && token.idle.key !== token.key) this.#dropped += upsert(this.#delegatedUses, token.idle.key, at)
    const latest = this.#lastUses.get(token.key)
    // The shortcut for a use like the one before it, as most are.
    if (latest?.day === day && latest.place.address === address && latest.place.userAgent === userAgent) {
      mergeUse(latest.entry, at)
      return
    }
    const place = this.#seenPlace(address, userAgent)
    const entry = this.#entryOf(token, day, place, at)
    mergeUse(entry, at)
    const isAwaited = token.idle?.key === token.key
    this.#dropped += upsert(this.#lastUses, token.key, { entry, place, day, isAwaited })
  }

  /** Notes a token that lacks a permission: a group of its owner's may have given it before. Once a day for each token. */
  recordRefused({ key, type }: Pick<TokenRecord, 'key' | 'type'>, at: EpochSeconds): void {
    const day = Math.floor(at / DAY)
    if (type !== 'user' || this.#lookedAt.get(key) === day) return
    upsert(this.#lookedAt, key, day)
    this.#refused.add(key)
  }

  /** Returns the entry of a place; that of the other places when the token has as many as are told apart. */
  #entryOf(token: TokenRecord, day: number, place: UsePlace, at: EpochSeconds): PendingUses {
    const { key, username } = token
    const name = `${key} ${day} ${place.address} ${place.client}`
    const known = this.#log.get(name)
    if (known) return known
    if (!isOtherPlaces(place)) {
      const places = this.#places.get(key) ?? 0
      if (places >= this.#placesPerDay) return this.#entryOf(token, day, OTHER_PLACES, at)
      this.#places.set(key, places + 1)
    }
    const { address, client } = place
    const entry = { token: key, username, address, client, first: at, last: at, count: 0, type: token.type }
    this.#dropped += upsert(this.#log, name, entry)
    return entry
  }

  #seenPlace(address: string, userAgent: string | undefined): SeenPlace {
    // Neither has a line break in it.
    const name = userAgent === undefined ? address : `${address}\n${userAgent}`
    const known = this.#seenPlaces.get(name)
    if (known) return known
    if (this.#seenPlaces.size >= MAX_SEEN_PLACES) this.#seenPlaces.clear()
    const place = { address, client: storedClient(userAgent), userAgent }
    this.#seenPlaces.set(name, place)
    return place
  }

  /** Writes the buffered uses of the tokens that were not written within a minute, or whose idle timeout depends on them. */
  async flushDue(context: FlushContext): Promise<void> {
    const now = context.clock()
    for (const [key, at] of this.#written) {
      if (at <= now && now < at + WRITE_SECONDS) break
      this.#written.delete(key)
    }
    await this.#flush(context, (key) => !this.#written.has(key) || this.#lastUses.get(key)?.isAwaited === true)
  }

  /**
   * Writes all buffered uses. If a store is unavailable, last uses are kept for the next flush: they decide which tokens are
   * idle. Entries of the use log are dropped, and counted.
   */
  flush(context: FlushContext): Promise<void> {
    return this.#flush(context, () => true)
  }

  async #flush(context: FlushContext, isDue: (key: TokenKey) => boolean): Promise<void> {
    const { counters, redis } = context
    // A token's last use and its entries of the log go together: a use adds to both.
    const tokens = [...this.#lastUses.keys(), ...[...this.#log.values()].map(({ token }) => token)]
    const due = new Set(tokens.filter(isDue))
    const [last, later] = split(this.#lastUses, (key) => due.has(key))
    const [log, logLater] = split(this.#log, (_name, { token }) => due.has(token))
    const [below, refused] = [this.#delegatedUses, [...this.#refused]]
    counters.lostUses += this.#dropped
    this.#dropped = 0
    this.#lastUses = later
    this.#delegatedUses = new Map()
    this.#log = logLater
    this.#refused = new Set()
    // A User-Agent may have a secret in it, and is kept no longer than the uses.
    this.#seenPlaces.clear()
    this.#places = split(this.#places, (key) => due.has(key))[1]
    const now = context.clock()
    for (const key of last.keys()) {
      this.#written.delete(key)
      upsert(this.#written, key, now)
    }
    context.events.addUses(log.values())
    const writes: Promise<void>[] = []
    const write = (writing: Promise<void>, onFailure: () => void) =>
      writes.push(
        writing.catch((error: unknown) => {
          onFailure()
          throw error
        }),
      )
    const lastAgain = (entries: Iterable<readonly [TokenKey, LatestUse]>) => () => {
      for (const [key, latest] of entries) {
        this.#written.delete(key)
        this.#restoreUnlessNewer(this.#lastUses, key, { ...latest, day: undefined })
      }
    }
    const belowAgain = (entries: Iterable<readonly [TokenKey, EpochSeconds]>) => () => {
      for (const [key, at] of entries) this.#restoreUnlessNewer(this.#delegatedUses, key, at)
    }
    const [lastInPostgres, lastInRedis] = byHome(last)
    const [belowInPostgres, belowInRedis] = byHome(below)
    for (const [key, latest] of lastInRedis) {
      write(recordRedisUse(redis, key, lastUseOf(latest)), lastAgain([[key, latest]]))
    }
    for (const [key, at] of belowInRedis) write(recordUseBelow(redis, key, at), belowAgain([[key, at]]))
    if (lastInPostgres.length > 0) {
      const uses = new Map(lastInPostgres.map(([key, latest]) => [key, lastUseOf(latest)]))
      write(recordUses(context.postgres, uses), lastAgain(lastInPostgres))
    }
    if (belowInPostgres.length > 0)
      write(recordUsesBelow(context.postgres, belowInPostgres), belowAgain(belowInPostgres))
    if (log.size > 0) {
      write(logUses(context, [...log.values()], this.#placesPerDay), () => {
        counters.lostUses += log.size
      })
    }
    if (refused.length > 0) write(tellLostPermissions(context, refused), () => {})
    const failed = (await Promise.allSettled(writes)).find((each) => each.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Restores the uses of a write that failed, unless there has been a later one. */
  #restoreUnlessNewer<K, V>(map: Map<K, V>, key: K, value: V): void {
    if (!map.has(key)) this.#dropped += upsert(map, key, value)
  }
}

type FlushContext = PeopleContext & Pick<Context, 'redis' | 'counters' | 'events'>

type Entry<V> = readonly [TokenKey, V]

/** Divides a map into the entries that are picked and the others. */
function split<K, V>(
  map: ReadonlyMap<K, V>,
  isPicked: (key: K, value: V) => boolean,
): [picked: Map<K, V>, others: Map<K, V>] {
  const [picked, others] = [new Map<K, V>(), new Map<K, V>()]
  for (const [key, value] of map) (isPicked(key, value) ? picked : others).set(key, value)
  return [picked, others]
}

function byHome<V>(all: ReadonlyMap<TokenKey, V>): readonly [inPostgres: Entry<V>[], inRedis: Entry<V>[]] {
  const isInPostgres = ([key]: Entry<V>) => homeOf(key) === 'postgres'
  const entries = [...all]
  return [entries.filter(isInPostgres), entries.filter((each) => !isInPostgres(each))]
}

/** The part of a context that records uses. */
export interface RecordsUsage {
  readonly usage: UsageRecorder
}

/** An entry that is still accumulating uses. */
type PendingUses = { -readonly [K in keyof UseEntry]: UseEntry[K] } & Pick<TokenRecord, 'type'>

/** A place of uses, shared by the tokens that were used from there. */
interface SeenPlace extends UsePlace {
  /** As received, not truncated. */
  readonly userAgent: string | undefined
}

/** The last use of a token since the last flush. */
interface LatestUse {
  readonly entry: PendingUses
  /** Where it was; the entry may be that of the other places. */
  readonly place: SeenPlace
  /** Undefined if the use log has it already, and only the write to the token failed. */
  readonly day: number | undefined
  /** Whether an idle timeout is judged by it. */
  readonly isAwaited: boolean
}

function mergeUse(entry: PendingUses, at: EpochSeconds): void {
  entry.last = at
  entry.count++
}

function lastUseOf({ entry, place: { address, client } }: LatestUse): Use {
  return { at: entry.last, ...(address && { address }), ...(client && { client }) }
}

/** Sets an entry, and returns the number of entries dropped for it. */
function upsert<K, V>(map: Map<K, V>, key: K, value: V): number {
  const full = !map.has(key) && map.size >= MAX_PENDING_USES
  if (full) {
    for (const oldest of map.keys()) {
      map.delete(oldest)
      break
    }
  }
  map.set(key, value)
  return full ? 1 : 0
}
