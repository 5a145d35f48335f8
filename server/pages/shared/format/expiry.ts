import { DAY, type EpochSeconds } from '../../../core/time.js'
import { hasExpired, inWords } from '../../../core/token/lifetime.js'

export type ExpiryState = 'never' | 'later' | 'soon' | 'over'

/** From this much before its end a list warns about a token. */
const SOON = 7 * DAY

export function expiryState(expires: EpochSeconds | undefined, now: EpochSeconds): ExpiryState {
  if (expires === undefined) return 'never'
  if (hasExpired(expires, now)) return 'over'
  return expires - now <= SOON ? 'soon' : 'later'
}

/** One answer to "Until when?": the value of the field `expires`. */
export interface ExpiryChoice {
  /** `never`, `keep`, `at`, `longest`, or a duration such as `30d`. */
  readonly value: string
  readonly label: string
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
  const at = { value: 'at', label: 'Another time' }
  if (maximum !== undefined) {
    const longest = { value: 'longest', label: inWords(maximum), expires: now + maximum }
    return [...durations.map((each) => choice(each, now)), longest, at]
  }
  const never = choices.includes('never') ? [{ value: 'never', label: 'Never' }] : []
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
    expires === undefined ? { value: 'never', label: 'Never, as it is' } : { value: 'keep', label: 'As it is', expires }
  return [asItIs, ...sooner, { value: 'at', label: 'Another time' }]
}

function choice(lifetime: EpochSeconds, now: EpochSeconds): ExpiryChoice {
  return { value: durationValue(lifetime), label: inWords(lifetime), expires: now + lifetime }
}

/** `30d`: a duration as the configuration and links have it. */
export function durationValue(lifetime: EpochSeconds): string {
  return lifetime % DAY === 0 ? `${lifetime / DAY}d` : `${lifetime}s`
}
