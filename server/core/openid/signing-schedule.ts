import { type EpochSeconds, HOUR } from '../time.js'

/** For how long a new key is published before it signs: clients keep the keys that they have read, many for an hour. */
export const ANNOUNCED_FOR: EpochSeconds = HOUR

/** Allowed for clocks that differ, after the last ID token of a key has ended. */
const MARGIN = HOUR

/** When a key signs, and until when it is published. */
export interface ScheduledKey {
  readonly signsFrom: EpochSeconds
  /** Absent: no later key is known. */
  readonly retires?: EpochSeconds
}

/**
 * Returns the keys that are published at an instant, the one that signs first: the newest whose time has come.
 *
 * A key that was announced is published from the start, so that clients have read it before it signs. Where none has begun,
 * the first to come signs.
 *
 * @param keys the newest first
 */
export function publishedKeys<K extends ScheduledKey>(keys: readonly K[], now: EpochSeconds): readonly K[] {
  const published = keys.filter(({ retires }) => retires === undefined || retires > now)
  const signer = published.find(({ signsFrom }) => signsFrom <= now) ?? published.at(-1)
  return signer === undefined ? [] : [signer, ...published.filter((each) => each !== signer)]
}

/**
 * Returns until when the keys before a new one are published: the last ID token that they sign has ended by then.
 *
 * @param lifetime of a session, and so of its ID tokens
 */
export function retirementBefore(signsFrom: EpochSeconds, lifetime: EpochSeconds): EpochSeconds {
  return signsFrom + lifetime + MARGIN
}
