import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { ExchangeFault } from '../../core/openid/exchange.js'
import { MINUTE } from '../../core/time.js'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { countDelegated } from '../../storage/redis/delegated-tokens.js'
import { listTokens } from '../../tokens/list.js'

/**
 * Limits the exchanges of a user: as many in a minute as calls of the API, counted by each process, and so many tokens in all.
 *
 * Attack: a script in a loop, or a thief, fills the stores with children of one token, each with its history.
 */
export class ExchangeLimiter {
  readonly #limiter: RateLimiterMemory
  readonly #most: number

  constructor({ limits }: Pick<Settings, 'limits'>) {
    this.#limiter = new RateLimiterMemory({ points: limits.apiCalls, duration: MINUTE })
    this.#most = limits.delegatedPerUser
  }

  /** Counts an exchange, and returns why it is one too many. */
  async refuse(context: Context, username: string): Promise<ExchangeFault | undefined> {
    try {
      await this.#limiter.consume(username)
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused
      const wait = Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
      return new ExchangeFault('slow_down', 'Too many tokens of this user are exchanged', wait)
    }
    if ((await countDelegated(context.redis, username, context.clock())) < this.#most) return undefined
    // The count has those that fell with their parents, too: they are told apart only where it matters.
    const delegated = (await listTokens(context, username)).filter(({ parent }) => parent !== undefined)
    if (delegated.length < this.#most) return undefined
    const remedy = 'revoke some, or wait until they end'
    return new ExchangeFault('invalid_grant', `The user has ${this.#most} delegated tokens already: ${remedy}`)
  }
}
