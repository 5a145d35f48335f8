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
  readonly value: 'never' | 'keep' | '7d' | '30d' | '90d' | 'at'
  readonly label: string
  /** Absent: never, or what the field `expires_at` says. */
  readonly expires?: EpochSeconds
}

const PRESETS = [7, 30, 90] as const

export function expiryChoices(now: EpochSeconds): readonly ExpiryChoice[] {
  return [...presets(now), { value: 'at', label: 'Another time' }, { value: 'never', label: 'Never' }]
}

/** For a token that is there already: as it is, or sooner. */
export function soonerChoices(expires: EpochSeconds | undefined, now: EpochSeconds): readonly ExpiryChoice[] {
  const sooner = presets(now).filter((preset) => expires === undefined || preset.expires < expires)
  const asItIs: ExpiryChoice =
    expires === undefined ? { value: 'never', label: 'Never, as it is' } : { value: 'keep', label: 'As it is', expires }
  return [asItIs, ...sooner, { value: 'at', label: 'Another time' }]
}

function presets(now: EpochSeconds) {
  return PRESETS.map((days) => ({ value: `${days}d` as const, label: `${days} days`, expires: now + days * DAY }))
}
