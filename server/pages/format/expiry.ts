import { hasExpired } from '../../core/lifetime.js'
import { DAY, type EpochSeconds } from '../../core/time.js'

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
  readonly value: 'never' | '7d' | '30d' | '90d' | 'at'
  readonly label: string
  /** Absent: never, or what the field `expires_at` says. */
  readonly expires?: EpochSeconds
}

const PRESETS = [7, 30, 90] as const

export function expiryChoices(now: EpochSeconds): readonly ExpiryChoice[] {
  return [
    ...PRESETS.map((days) => ({ value: `${days}d` as const, label: `${days} days`, expires: now + days * DAY })),
    { value: 'at', label: 'Another time' },
    { value: 'never', label: 'Never' },
  ]
}
