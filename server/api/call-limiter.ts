import type { Response } from 'express'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from '../core/access/refusal.js'
import type { Settings } from '../settings/schema.js'
import { sendRefusal } from './error-body.js'

/**
 * Limits the API calls of a token. It counts in this process: a call that is refused costs no store anything, and an outage
 * of Redis changes nothing. Only tokens that are valid are counted, so that their number bounds the counters.
 *
 * Attack: a script in a loop, or a stolen token, takes the database away from the checks.
 */
export class CallLimiter {
  readonly #limiter: RateLimiterMemory
  readonly #perMinute: number

  constructor({ limits }: Pick<Settings, 'limits'>) {
    this.#perMinute = limits.apiCalls
    this.#limiter = new RateLimiterMemory({ points: limits.apiCalls, duration: 60 })
  }

  /** Counts a call. Of one too many it sends the refusal, and returns false. */
  async admit(caller: string, response: Response): Promise<boolean> {
    try {
      await this.#limiter.consume(caller)
      return true
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused
      response.set('Retry-After', String(Math.max(1, Math.ceil(refused.msBeforeNext / 1000))))
      sendRefusal(response, new Refusal('rate_limited', `Rate limit (${this.#perMinute}/minute) exceeded`))
      return false
    }
  }
}

/** The part of a context that limits API calls. */
export interface LimitsCalls {
  readonly calls: CallLimiter
}
