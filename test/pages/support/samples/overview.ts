import { hoursUntil } from '../../../../server/core/tallies/summaries.js'
import type { OverviewData } from '../../../../server/pages/admin/overview/data.js'
import { drawOverview, endingSoon } from '../../../../server/pages/admin/overview/pictures.js'
import { reasonOf } from '../../../../server/pages/admin/overview/reasons.js'
import type { OverviewViews } from '../../../../server/pages/admin/overview/view-models.js'
import { ENGLISH } from '../../../../server/words/words.js'
import { change, DAY, key, layout, NOW, token } from './values.js'

const hours = hoursUntil(NOW)

/** A day of a busy site. */
export const DATA: OverviewData = {
  hours,
  checks: hours.map((hour, index) => ({
    hour,
    admitted: 4000 + 3000 * (index % 12),
    unauthenticated: 200 * (index % 5),
    refused: index === 19 ? 9000 : 12 * index,
  })),
  refusals: [
    { reason: 'no_authorization', count: 9600 },
    { reason: 'invalid_token', count: 1204 },
    { reason: 'insufficient_scope', count: 402 },
    { reason: 'rate_limited', count: 41 },
    { reason: 'internal_error', count: 1 },
  ],
  ending: Array.from({ length: 31 }, (_, index) => ({
    day: (Math.floor(NOW / DAY) + index) * DAY,
    tokens: [3, 3, 0, 0, 5, 1, 1][index % 7] ?? 0,
  })),
  services: [
    { service: 'tap', counts: hours.map((_, index) => 1000 * (index % 12)) },
    { service: 'images', counts: hours.map((_, index) => index) },
    { service: '', counts: hours.map(() => 1) },
    { service: '*', counts: hours.map(() => 0) },
  ],
  numbers: { people: 212, tokens: 1840, endless: 96, unused: 310, sessions: 321 },
  stores: { postgres: 'up', redis: 'partly_down' },
}

export const overviewSamples: OverviewViews = {
  'overview/overview': {
    layout,
    data: DATA,
    pictures: drawOverview(DATA),
    reasons: DATA.refusals.map(({ reason }) => reasonOf(reason, ENGLISH, '/auth/explain')),
    soon: endingSoon(DATA),
    changes: [change],
  },
  'overview/ending': {
    layout,
    tokens: [{ ...token, key: key('hQ'), username: 'grace', type: 'user', what: 'topcat' }],
    days: 30,
    day: Math.floor(NOW / DAY) * DAY,
    limit: 200,
  },
}
