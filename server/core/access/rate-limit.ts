import type { EpochSeconds } from '../time.js'

/** Quotas count requests in a minute. */
export const RATE_WINDOW_SECONDS = 60

/** The state of a quota, as the `X-RateLimit-*` headers report it. */
export interface RateLimit {
  /** The service that it is counted for. */
  readonly resource: string
  readonly limit: number
  readonly used: number
  readonly remaining: number
  /** The instant at which the next window begins. */
  readonly reset: EpochSeconds
  readonly exceeded: boolean
}

/** A counter's state after it has counted a request. */
interface CountedRequest {
  readonly resource: string
  readonly limit: number
  readonly count: number
  readonly millisecondsLeft: number
  readonly now: EpochSeconds
}

/** Judges a request that has just been counted. */
export function rateLimit({ resource, limit, count, millisecondsLeft, now }: CountedRequest): RateLimit {
  const used = Math.min(count, limit)
  const reset = now + Math.ceil(millisecondsLeft / 1000)
  return { resource, limit, used, remaining: limit - used, reset, exceeded: count > limit }
}
