import { DAY, type EpochSeconds } from '../core/time.js'
import { homeOf, type TokenKey } from '../core/token.js'
import type { TokenRecord, Use } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import { recordRedisUse } from '../stores/redis-tokens.js'
import { appendUses, type UseEntry } from '../stores/use-log.js'
import { recordUses } from '../stores/user-tokens.js'

/** How often uses are written: seconds of "last used" that a crash may lose, and by which a use may be known late. */
export const FLUSH_SECONDS = 3

/** A User-Agent is the client's word; it is kept short. */
const CLIENT_LENGTH = 200
/** Beyond this many between two flushes the oldest note is dropped: a "last used" is never worth the memory. */
const CAPACITY = 100_000

/**
 * Collects uses, so that the check itself never writes: noting one is a write to a map, and {@link flush} takes them all
 * to the stores, in one statement for the last uses and one for the log.
 */
export class Uses {
  #last = new Map<TokenKey, Latest>()
  #log = new Map<string, Noted>()
  #dropped = 0

  note(token: TokenRecord, at: EpochSeconds, from: string | undefined, userAgent: string | undefined): void {
    const address = from ?? ''
    const day = Math.floor(at / DAY)
    const latest = this.#last.get(token.key)
    // Nearly every use is like the one before it.
    if (latest?.day === day && latest.entry.address === address && latest.userAgent === userAgent) {
      again(latest.entry, at)
      return
    }
    const client = userAgent?.slice(0, CLIENT_LENGTH) ?? ''
    const place = `${token.key} ${day} ${address} ${client}`
    const { key, username } = token
    const entry = this.#log.get(place) ?? { token: key, username, address, client, first: at, last: at, count: 0 }
    again(entry, at)
    this.#dropped += keep(this.#log, place, entry)
    this.#dropped += keep(this.#last, key, { entry, day, userAgent, expires: token.expires })
  }

  /** Writes what has been collected. When a store does not answer, its share is lost, and counted: it decides nothing. */
  async flush(context: Pick<Context, 'postgres' | 'redis' | 'counts'>): Promise<void> {
    const { counts } = context
    const [last, log] = [this.#last, this.#log]
    counts.lostUses += this.#dropped
    this.#dropped = 0
    this.#last = new Map()
    this.#log = new Map()
    const userTokens = new Map<TokenKey, Use>()
    const writes: Promise<void>[] = []
    const write = (size: number, writing: Promise<void>) =>
      writes.push(
        writing.catch((error: unknown) => {
          counts.lostUses += size
          throw error
        }),
      )
    for (const [key, { entry, expires }] of last) {
      const use = lastUseOf(entry)
      if (homeOf(key) === 'postgres') userTokens.set(key, use)
      else if (expires !== undefined) write(1, recordRedisUse(context.redis, key, use, expires))
    }
    if (userTokens.size > 0) write(userTokens.size, recordUses(context.postgres, userTokens))
    if (log.size > 0) write(log.size, appendUses(context.postgres, [...log.values()]))
    const failed = (await Promise.allSettled(writes)).find((each) => each.status === 'rejected')
    if (failed) throw failed.reason
  }
}

/** An entry that is still being added to. */
type Noted = { -readonly [K in keyof UseEntry]: UseEntry[K] }

/** The last use of a token since the last flush. */
interface Latest {
  readonly entry: Noted
  readonly day: number
  /** As it came. */
  readonly userAgent: string | undefined
  readonly expires: EpochSeconds | undefined
}

function again(entry: Noted, at: EpochSeconds): void {
  entry.last = at
  entry.count++
}

function lastUseOf({ last, address, client }: UseEntry): Use {
  return { at: last, ...(address && { address }), ...(client && { client }) }
}

/** How many others had to go for it. */
function keep<K, V>(map: Map<K, V>, key: K, value: V): number {
  const full = !map.has(key) && map.size >= CAPACITY
  if (full) {
    for (const oldest of map.keys()) {
      map.delete(oldest)
      break
    }
  }
  map.set(key, value)
  return full ? 1 : 0
}
