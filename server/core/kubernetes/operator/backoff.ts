const FIRST_MS = 500
const MAX_MS = 300_000

/**
 * How long to wait before the next attempt, in milliseconds: twice as long each time, up to five minutes.
 *
 * @param failures those in a row, from 1
 * @param share from 0 up to 1, by chance, so that a thousand that failed at once do not come back at once
 */
export function backoff(failures: number, share: number): number {
  const whole = Math.min(MAX_MS, FIRST_MS * 2 ** (failures - 1))
  return Math.round(whole * (0.5 + share / 2))
}
