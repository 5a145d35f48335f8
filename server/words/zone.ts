import type { EpochSeconds } from '../core/time.js'

const WALL = { hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' } as const
const HOURS = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const

/** Returns what a `datetime-local` field shows at an instant in a zone: `2026-12-19T09:41`. */
export function wallTime(at: EpochSeconds, timeZone: string): string {
  return wall(at, timeZone).slice(0, 16)
}

/**
 * Returns by how many minutes a zone is behind UTC when its clocks show a time, as `Date.getTimezoneOffset` says it. Of a
 * time that they show twice, or jump over, one of the two offsets.
 *
 * @returns 0 for what is no time
 */
export function offsetBehind(local: string, timeZone: string): number {
  const shown = Date.parse(`${local.slice(0, 16).replace(' ', 'T')}Z`) / 1000
  if (Number.isNaN(shown)) return 0
  // By the offset at the wrong instant one comes to an instant whose offset is right.
  const first = shown - ahead(shown, timeZone)
  return (0 - ahead(first, timeZone)) / 60
}

function ahead(at: EpochSeconds, timeZone: string): EpochSeconds {
  return Date.parse(`${wall(at, timeZone)}Z`) / 1000 - at
}

/** Swedish dates are ISO 8601. */
function wall(at: EpochSeconds, timeZone: string): string {
  return new Intl.DateTimeFormat('sv', { ...WALL, ...HOURS, timeZone }).format(at * 1000).replace(' ', 'T')
}
