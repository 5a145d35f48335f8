import { DAY, type EpochSeconds, HOUR } from '../time.js'
import { endOfOverlap, type LifetimePolicy, nameOfOld } from './lifetime.js'
import type { TokenRecord } from './record.js'

/** How long the pages let an old token work on, in seconds; 0 revokes it at once. */
export const OVERLAPS: readonly EpochSeconds[] = [0, HOUR, DAY, 7 * DAY]

/** An answer to how long the old token works on. */
export interface OverlapChoice {
  readonly overlap: EpochSeconds
  /** When the old token ends. */
  readonly ends: EpochSeconds
}

/** Lists the overlaps of a token, none of which is longer than the token itself. */
export function overlapChoices(expires: EpochSeconds | undefined, now: EpochSeconds): readonly OverlapChoice[] {
  const choices = OVERLAPS.map((overlap) => ({ overlap, ends: endOfOverlap(expires, overlap, now) }))
  const first = choices.findIndex(({ overlap, ends }) => ends < now + overlap)
  return first < 0 ? choices : choices.slice(0, first + 1)
}

/**
 * Returns the end of a token that is renewed: it lasts as long from now as before from its creation, within the site's longest
 * lifetime of today. One that never expires stays so, where the site still has such tokens.
 */
export function renewedEnd(
  { created, expires }: Pick<TokenRecord, 'created' | 'expires'>,
  { maximum }: LifetimePolicy,
  now: EpochSeconds,
): EpochSeconds | undefined {
  const lifetime = Math.min(
    expires === undefined ? Number.POSITIVE_INFINITY : expires - created,
    maximum ?? Number.POSITIVE_INFINITY,
  )
  return Number.isFinite(lifetime) ? now + lifetime : undefined
}

/** Returns whether a token is the old one of a rotation, by its name; a rename makes a token of its own of it. */
export function isOld({ key, name }: Pick<TokenRecord, 'key' | 'name'>): boolean {
  return name?.endsWith(nameOfOld('', key)) ?? false
}

/** Returns whether a token is the old one of a rotation that made another, while both work. */
export function isOldOf(old: Pick<TokenRecord, 'key' | 'name'>, successor: Pick<TokenRecord, 'key' | 'name'>): boolean {
  return successor.name !== undefined && old.name === nameOfOld(successor.name, old.key)
}
