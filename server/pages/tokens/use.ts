import { newPlacesSince } from '../../core/notices/place-news.js'
import { heatStrip } from '../../core/pictures/heat-strip.js'
import { PAGE_DAYS, useBars } from '../../core/pictures/use-bars.js'
import { startOfDay, usesByDay } from '../../core/pictures/use-days.js'
import { DAY, type EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import { isOtherPlaces, type UsePlace } from '../../core/token/use-place.js'
import type { Context } from '../../storage/context.js'
import { listUsedFrom } from '../../storage/postgres/token-use-log.js'
import { listPlaceDays, listUseDays, type PlaceDay } from '../../storage/postgres/uses/use-days.js'
import type { TokenUse } from './view-models.js'

/** How many places a token's page names: enough to see a stranger among them. */
const PLACES = 20

/** So many are compared with, to tell which places are new. */
const KNOWN_PLACES = 500

/** A place is marked as new for so long. */
const NEW = 7 * DAY

/** Heights that the bars of a token's own page tell apart. */
const LEVELS = 36

/** A month's name takes so much of the width. */
const MONTH_PERCENT = 8

/** Reads how a user's token was used: by day, and by place. */
export async function useOf(
  { postgres, clock }: Pick<Context, 'postgres' | 'clock'>,
  username: string,
  token: TokenKey,
): Promise<TokenUse> {
  const now = clock()
  const span = { now, days: PAGE_DAYS }
  const [days, places, placeDays] = await Promise.all([
    listUseDays(postgres, [token], span),
    listUsedFrom(postgres, username, token, KNOWN_PLACES),
    listPlaceDays(postgres, { username, token }, span),
  ])
  const news = newPlacesSince(places, now - NEW)
  const countsOf = countsByPlace(placeDays)
  return {
    bars: useBars(usesByDay(days.get(token) ?? [], PAGE_DAYS), LEVELS),
    months: monthsBefore(now),
    places: places.slice(0, PLACES).map((place) => ({
      ...place,
      isOthers: isOtherPlaces(place),
      isNew: news.has(place),
      strip: heatStrip(countsOf(place)),
    })),
    hasMore: places.length > PLACES,
    hasNew: news.size > 0,
  }
}

function countsByPlace(placeDays: readonly PlaceDay[]): (place: UsePlace) => readonly number[] {
  const named = ({ address, client }: UsePlace) => `${address}\n${client}`
  const byPlace = new Map<string, Map<number, number>>()
  for (const { ago, count, ...place } of placeDays) {
    const known = byPlace.get(named(place)) ?? new Map<number, number>()
    byPlace.set(named(place), known.set(ago, count))
  }
  return (place) =>
    Array.from({ length: PAGE_DAYS }, (_, index) => byPlace.get(named(place))?.get(PAGE_DAYS - 1 - index) ?? 0)
}

/** The first days of the months that are shown, but for one whose name would stand out on the right. */
function monthsBefore(now: EpochSeconds): TokenUse['months'] {
  return Array.from({ length: PAGE_DAYS }, (_, index) => ({
    at: startOfDay(now, PAGE_DAYS - 1 - index),
    percent: Math.round((1000 * index) / PAGE_DAYS) / 10,
  })).filter(({ at, percent }) => new Date(at * 1000).getUTCDate() === 1 && percent <= 100 - MONTH_PERCENT)
}
