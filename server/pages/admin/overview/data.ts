import {
  byFrequency,
  checksByHour,
  checksByService,
  type HourOfChecks,
  hoursUntil,
  type RefusedChecks,
  type ServiceHours,
} from '../../../core/tallies/summaries.js'
import { DAY, type EpochSeconds, HOUR } from '../../../core/time.js'
import type { Context } from '../../../storage/context.js'
import { countRefusals, listTallies } from '../../../storage/postgres/tallies/read-tallies.js'
import { countEnding, countSite, type SiteNumbers } from '../../../storage/postgres/tallies/site-numbers.js'
import { postgresState, redisState, type StoreState } from '../../../storage/store-states.js'

const REFUSAL_DAYS = 7
/** So many days from today the tokens that expire are counted, and listed: that day is among them. */
export const ENDING_DAYS = 30
/** Services that have a row of their own. */
const MAX_ROWS = 12

/** Everything that the overview shows, as numbers. */
export interface OverviewData {
  readonly hours: readonly EpochSeconds[]
  readonly checks: readonly HourOfChecks[]
  readonly refusals: readonly RefusedChecks[]
  /** Today first. */
  readonly ending: readonly { readonly day: EpochSeconds; readonly tokens: number }[]
  readonly services: readonly ServiceHours[]
  readonly numbers: SiteNumbers
  readonly stores: { readonly postgres: StoreState; readonly redis: StoreState }
}

/** Reads what the overview shows. */
export async function readOverview(context: Context): Promise<OverviewData> {
  const { postgres } = context
  const now = context.clock()
  const hours = hoursUntil(now)
  const [tallies, refusals, ending, numbers, ofPostgres, redis] = await Promise.all([
    listTallies(postgres, hours[0] ?? now),
    countRefusals(postgres, Math.floor(now / HOUR) * HOUR - REFUSAL_DAYS * DAY),
    countEnding(postgres, now, ENDING_DAYS + 1),
    countSite(postgres, now),
    postgresState(context),
    redisState(context),
  ])
  const today = Math.floor(now / DAY)
  return {
    hours,
    checks: checksByHour(tallies, hours),
    refusals: byFrequency(refusals),
    ending: ending.map((tokens, index) => ({ day: (today + index) * DAY, tokens })),
    services: checksByService(tallies, hours, MAX_ROWS),
    numbers,
    stores: { postgres: ofPostgres, redis },
  }
}
