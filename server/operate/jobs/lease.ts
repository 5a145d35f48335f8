import type { Logger } from 'pino'
import type { RedisClient } from '../../storage/redis/client.js'

const KEY = 'postern:maintenance'

/** After a crash another process takes over so soon. */
const LIFETIME_MS = 15_000
const RENEW_MS = 5_000

const RENEW = `
  local holder = redis.call('GET', KEYS[1])
  if holder and holder ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`

const RELEASE = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
  return 0`

interface LeaseParts {
  readonly redis: RedisClient
  readonly random: (size: number) => Buffer
  readonly log: Logger
}

interface LeaseTimes {
  readonly lifetimeMs: number
  readonly renewMs: number
}

/**
 * Chooses the process of a site that does its maintenance. It is no lock: each job may run in two processes at once, and does
 * while Redis does not answer, because cost is all that the lease saves. In Redis and not an advisory lock of PostgreSQL: that
 * would hold a connection of a pooler, and outlast a process that hangs.
 */
export class Lease {
  readonly #parts: LeaseParts
  readonly #times: LeaseTimes
  readonly #holder: string
  readonly #timer: NodeJS.Timeout
  #isHeld = false
  #asking: Promise<void>

  constructor(parts: LeaseParts, times: LeaseTimes = { lifetimeMs: LIFETIME_MS, renewMs: RENEW_MS }) {
    this.#parts = parts
    this.#times = times
    this.#holder = parts.random(9).toString('base64url')
    this.#asking = this.#renew()
    this.#timer = setInterval(() => {
      this.#asking = this.#renew()
    }, times.renewMs)
  }

  /** Makes a job of the site: one that runs in the process that has the lease, and is skipped in the others. */
  only(work: () => Promise<unknown>): () => Promise<void> {
    return async () => {
      await this.#asking
      if (this.#isHeld) await work()
    }
  }

  /** Ends the lease, so that another process takes over at its next try. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#asking
    this.#isHeld = false
    await this.#parts.redis.eval(RELEASE, 1, KEY, this.#holder).catch(() => undefined)
  }

  async #renew(): Promise<void> {
    const { redis, log } = this.#parts
    try {
      const was = this.#isHeld
      this.#isHeld = (await redis.eval(RENEW, 1, KEY, this.#holder, this.#times.lifetimeMs)) === 1
      if (this.#isHeld && !was) log.info('Maintenance is done by this process')
    } catch {
      // Who has the lease is not known: each process does the work.
      this.#isHeld = true
    }
  }
}
