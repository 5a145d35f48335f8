import { filterValues } from '../../../../server/core/incident/read-filter.js'
import { useBars } from '../../../../server/core/pictures/use-bars.js'
import type { ActId } from '../../../../server/core/token/act.js'
import type { IncidentPreview, IncidentViews } from '../../../../server/pages/admin/incident/view-models.js'
import { DAY, key, layout, NOW } from './values.js'

const days = Array.from({ length: 30 }, (_, index) => ({
  count: index % 7 < 5 ? 40 * index : 0,
  isNewPlace: index === 29,
}))
const unused = days.map(() => ({ count: 0, isNewPlace: false }))

export const incidentPreview: IncidentPreview = {
  counts: { session: 1, user: 17, service: 2, delegated: 9, people: 6 },
  total: 120,
  shown: [
    {
      key: key('hQ'),
      username: 'ada',
      type: 'user',
      what: 'nightly-pipeline',
      bars: useBars(days),
      lastUsed: { at: NOW - 60, address: '203.0.113.40', client: 'python-requests 2.32.3' },
    },
    {
      key: key('hR'),
      username: 'bot-alerts',
      type: 'service',
      what: 'Service token',
      bars: useBars(days),
      lastUsed: { at: NOW - 5, address: '203.0.113.41' },
      pace: 4100,
    },
    { key: key('hS'), username: 'grace', type: 'session', what: 'Web session', bars: useBars(unused) },
  ],
  all: '/auth/admin/revoke?from=203.0.113.0%2F24&list=all',
  downloads: [
    { format: 'CSV', href: '/auth/admin/revoke.csv?from=203.0.113.0%2F24' },
    { format: 'JSON', href: '/auth/admin/revoke.json?from=203.0.113.0%2F24' },
  ],
  busy: 1,
  withoutOwn: true,
  fields: [['from', '203.0.113.0/24']],
  fingerprint: 'fingerprint',
  isTyped: true,
}

export const incidentSamples: IncidentViews = {
  'incident/incident': {
    layout,
    values: filterValues({ from: '203.0.113.0/24', type: ['user', 'service'], heirs: 'yes' }),
    errors: [{ field: 'reason', message: 'Say why' }],
    preview: incidentPreview,
    entered: { reason: 'A laptop was stolen', number: '', signOut: true, disable: false },
    before: 119,
  },
  'incident/question': {
    layout,
    counts: incidentPreview.counts,
    total: 20,
    reason: 'A laptop was stolen on 24 November, ticket 812',
    disabled: 5,
    signsOut: true,
    own: true,
    fields: [['from', '203.0.113.0/24']],
    cancel: '/auth/admin/revoke?from=203.0.113.0%2F24',
  },
  'incident/act': {
    layout,
    id: 'AAAAAAAAAAAAAAAAAAAAAA' as ActId,
    kind: 'revoke',
    at: NOW - 60,
    actor: 'root-admin',
    reason: 'A laptop was stolen on 24 November, ticket 812',
    steps: 10_000,
    done: 6000,
    isFinished: false,
    ended: ['1 web session', '17 user tokens', '2 service tokens'],
    disabled: 5,
    people: [
      {
        username: 'ada',
        ended: ['3 user tokens', '1 web session'],
        email: 'ada@example.org',
        letter: 'mailto:ada@example.org',
      },
      { username: 'bot-alerts', ended: ['1 service token'] },
    ],
    morePeople: 20,
    remaining: 3,
    suspended: 7,
    undo: { until: NOW + DAY, count: 7 },
    again: '/auth/admin/revoke?from=203.0.113.0%2F24',
  },
}
