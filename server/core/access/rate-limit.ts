import type { EpochSeconds } from '../time.js'

/** Quotas count requests in a minute. */
export const RATE_WINDOW_SECONDS = 60

/** How much of a quota is used up; what `X-RateLimit-*` say. */
export interface RateLimit {
  /** The service that it is counted for. */
  readonly resource: string
  readonly limit: number
  readonly used: number
  readonly remaining: number
  /** When counting begins anew. */
  readonly reset: EpochSeconds
  readonly exceeded: boolean
}

/** What a counter's state means for a request that has just been counted. */
export function rateLimit(
  resource: string,
  limit: number,
  count: number,
  millisecondsLeft: number,
  now: EpochSeconds,
): RateLimit {
  const used = Math.min(count, limit)
  const reset = now + Math.ceil(millisecondsLeft / 1000)
  return { resource, limit, used, remaining: limit - used, reset, exceeded: count > limit }
}
