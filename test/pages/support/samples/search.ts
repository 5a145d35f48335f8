import type { SearchViews } from '../../../../server/pages/admin/search/view-models.js'
import { tokenSamples } from './tokens.js'
import { change, DAY, key, layout, NOW, scopes, token } from './values.js'

const found = { key: key('hQ'), username: 'grace', what: 'topcat' }

export const searchSamples: SearchViews = {
  'search/results': {
    layout,
    query: '192.0.2.7',
    people: {
      shown: [
        { username: 'grace', name: 'Grace Hopper', email: 'grace@example.org', account: 'active', tokens: 1 },
        { username: 'greta', account: 'disabled', disabled: NOW - DAY, tokens: 0 },
        { username: 'grid', account: 'none', tokens: 3 },
      ],
      more: true,
    },
    tokens: {
      shown: [
        { ...found, ended: false },
        { ...found, ended: true },
      ],
      more: true,
    },
    uses: { shown: [{ ...found, count: 26_583, last: NOW - 60 }], more: true },
    programs: {
      shown: [
        {
          id: 'GO-1234',
          title: 'A deep field',
          period: { state: 'exclusive', end: NOW + DAY },
          investigators: 2,
          grantees: 1,
          standing: 'none',
        },
      ],
      more: true,
    },
    most: 50,
    days: 90,
  },
  'search/token': {
    layout,
    username: 'grace',
    token: {
      ...token,
      username: 'grace',
      type: 'notebook',
      what: 'Notebook token',
      restriction: { networks: ['192.0.2.0/24'], services: ['tap'] },
    },
    scopes,
    state: 'live',
    tree: {
      key: key('hB'),
      what: 'Firefox on Linux',
      here: false,
      ended: true,
      below: [
        {
          key: token.key,
          what: 'Notebook token',
          here: true,
          ended: false,
          below: [{ key: key('cB'), what: 'Token for tap', here: false, ended: false, below: [] }],
        },
      ],
    },
    hasMore: true,
    heirs: [{ name: 'grid-night', key: key('iQ') }],
    maker: key('jQ'),
    use: tokenSamples['tokens/details'].use,
    neighbours: [{ address: '192.0.2.7', tokens: 2, people: 2 }],
    history: [change],
  },
}
