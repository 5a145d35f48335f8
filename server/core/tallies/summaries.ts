import { type EpochSeconds, HOUR } from '../time.js'
import { type CheckResult, labelsOf } from './check-outcome.js'
import { OTHER_SERVICES } from './check-tallies.js'

/** Checks of an hour, of one service and one result. */
export interface HourTally {
  readonly hour: EpochSeconds
  readonly service: string
  readonly result: CheckResult
  readonly count: number
}

/** Checks of one hour. */
export interface HourOfChecks {
  readonly hour: EpochSeconds
  /** Those of anonymous clients that may pass among them. */
  readonly admitted: number
  /** Without any credential: a browser before it signs in, or the first half of Basic authentication. */
  readonly unauthenticated: number
  readonly refused: number
}

/** Checks that were not admitted, by their reason. */
export interface RefusedChecks {
  readonly reason: RefusalReason
  readonly count: number
}

/** Why a check does not admit: the code of a refusal, or a fault of ours. */
export type RefusalReason = Exclude<CheckResult, 'admitted' | 'anonymous'>

/** Checks of a service, hour by hour. */
export interface ServiceHours {
  readonly service: string
  readonly counts: readonly number[]
}

/** Lists the hours of a day, the oldest first; the last is the one that is not over. */
export function hoursUntil(now: EpochSeconds, hours = 24): readonly EpochSeconds[] {
  const last = Math.floor(now / HOUR) * HOUR
  return Array.from({ length: hours }, (_, index) => last - (hours - 1 - index) * HOUR)
}

/** Sums checks up by hour. */
export function checksByHour(tallies: readonly HourTally[], hours: readonly EpochSeconds[]): readonly HourOfChecks[] {
  const sum = (hour: EpochSeconds, kind: ReturnType<typeof kindOf>) =>
    total(tallies.filter((each) => each.hour === hour && kindOf(each.result) === kind))
  return hours.map((hour) => ({
    hour,
    admitted: sum(hour, 'admitted'),
    unauthenticated: sum(hour, 'unauthenticated'),
    refused: sum(hour, 'refused'),
  }))
}

function kindOf(result: CheckResult): 'admitted' | 'unauthenticated' | 'refused' {
  if (result === 'no_authorization') return 'unauthenticated'
  const { outcome } = labelsOf(result)
  return outcome === 'admitted' || outcome === 'anonymous' ? 'admitted' : 'refused'
}

/** Sorts refusals, the most frequent first. */
export function byFrequency(refused: readonly RefusedChecks[]): readonly RefusedChecks[] {
  return [...refused].sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
}

/** Returns whether a result is a reason not to admit. */
export function isReason(result: CheckResult): result is RefusalReason {
  return result !== 'admitted' && result !== 'anonymous'
}

/**
 * Sums checks up by service and hour, the busiest service first. Those beyond the limit are one row, the last, with the
 * services that the tallies do not tell apart.
 */
export function checksByService(
  tallies: readonly HourTally[],
  hours: readonly EpochSeconds[],
  limit: number,
): readonly ServiceHours[] {
  const totals = new Map<string, number>()
  for (const { service, hour, count } of tallies) {
    if (hours.includes(hour)) totals.set(service, (totals.get(service) ?? 0) + count)
  }
  const names = [...totals]
    .filter(([service]) => service !== OTHER_SERVICES)
    .sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1))
    .map(([service]) => service)
  const shown = names.slice(0, limit)
  const rows = shown.map((service) => ({
    service,
    counts: hours.map((hour) => total(tallies.filter((each) => each.service === service && each.hour === hour))),
  }))
  if (totals.size === shown.length) return rows
  const rest = hours.map((hour) => total(tallies.filter((each) => !shown.includes(each.service) && each.hour === hour)))
  return [...rows, { service: OTHER_SERVICES, counts: rest }]
}

function total(tallies: readonly { readonly count: number }[]): number {
  return tallies.reduce((sum, { count }) => sum + count, 0)
}
