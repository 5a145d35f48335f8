import { DAY, type EpochSeconds } from '../../../core/time.js'
import { hasExpired } from '../../../core/token/lifetime.js'
import { duration } from '../../../words/duration.js'
import type { Words } from '../../../words/words.js'

export type ExpiryState = 'never' | 'later' | 'soon' | 'over'

/** From this much before its end a list warns about a token. */
const SOON = 7 * DAY

export function expiryState(expires: EpochSeconds | undefined, now: EpochSeconds): ExpiryState {
  if (expires === undefined) return 'never'
  if (hasExpired(expires, now)) return 'over'
  return expires - now <= SOON ? 'soon' : 'later'
}

/** One choice of an expiry: a value of the field `expires`. */
export interface ExpiryChoice {
  /** `never`, `keep`, `at`, `longest`, or a duration such as `30d`. */
  readonly value: string
  /** Of a choice that is a duration, in seconds. */
  readonly lifetime?: EpochSeconds
  /** Whether the token has this end already. */
  readonly asItIs?: true
  /** Absent: never, or what the field `expires_at` says. */
  readonly expires?: EpochSeconds
}

/** The site's choices of an expiry: durations in seconds, in the order of the form. */
export interface OfferedEnds {
  readonly choices?: readonly (EpochSeconds | 'never')[] | undefined
  /** The longest that a token may live. */
  readonly maximum?: EpochSeconds | undefined
}

const CHOICES = [7 * DAY, 30 * DAY, 90 * DAY, 'never'] as const

/**
 * Lists the choices of the form. Where a token may not live for ever, the maximum takes the place of "Never", and
 * longer durations are left out.
 */
export function expiryChoices(now: EpochSeconds, { choices = CHOICES, maximum }: OfferedEnds): readonly ExpiryChoice[] {
  const durations = choices
    .filter((each) => each !== 'never')
    .filter((each) => each < (maximum ?? Number.POSITIVE_INFINITY))
  const at = { value: 'at' }
  if (maximum !== undefined) {
    const longest = { value: 'longest', lifetime: maximum, expires: now + maximum }
    return [...durations.map((each) => choice(each, now)), longest, at]
  }
  const never = choices.includes('never') ? [{ value: 'never' }] : []
  return [...durations.map((each) => choice(each, now)), at, ...never]
}

/** For a token that is there already: as it is, or sooner. */
export function soonerChoices(
  expires: EpochSeconds | undefined,
  now: EpochSeconds,
  { choices = CHOICES }: OfferedEnds,
): readonly ExpiryChoice[] {
  const sooner = choices
    .filter((each) => each !== 'never')
    .filter((each) => expires === undefined || now + each < expires)
    .map((each) => choice(each, now))
  const asItIs: ExpiryChoice =
    expires === undefined ? { value: 'never', asItIs: true } : { value: 'keep', asItIs: true, expires }
  return [asItIs, ...sooner, { value: 'at' }]
}

function choice(lifetime: EpochSeconds, now: EpochSeconds): ExpiryChoice {
  return { value: durationValue(lifetime), lifetime, expires: now + lifetime }
}

/** `30d`: a duration as the configuration and links have it. */
export function durationValue(lifetime: EpochSeconds): string {
  return lifetime % DAY === 0 ? `${lifetime / DAY}d` : `${lifetime}s`
}

/** Labels a choice: `30 days`, `Custom date and time`, `Never`, `No change`. */
export function choiceLabel({ value, lifetime, asItIs }: ExpiryChoice, words: Words): string {
  if (lifetime !== undefined) return duration(lifetime, words)
  return words.text('expiry.choice', { value: value === 'never' && asItIs ? 'neverAsItIs' : value })
}
