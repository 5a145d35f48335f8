import type { Scope } from '../../../../server/core/token/scope.js'
import { expiryChoices, soonerChoices } from '../../../../server/pages/shared/format/expiry.js'
import { recipes } from '../../../../server/pages/tokens/recipes.js'
import type { ListedToken, TokenViews } from '../../../../server/pages/tokens/view-models.js'
import { change, DAY, key, layout, NOW, scopes, session, TOKEN, token, wanted } from './values.js'

const partlyInEffect: ListedToken = {
  ...token,
  restriction: { networks: ['192.0.2.0/24'], services: ['tap', 'portal'] },
  key: key('pQ'),
  notInEffect: ['read:tap' as Scope],
}

export const tokenSamples: TokenViews = {
  'tokens/list': {
    layout,
    userTokens: [token, partlyInEffect],
    sessions: [session('aB', true), session('bB', false)],
    delegated: [
      { key: token.key, scopes: token.scopes, expires: NOW + DAY, what: 'Token for tap', from: 'topcat' },
      {
        key: token.key,
        scopes: token.scopes,
        expires: NOW + DAY,
        restriction: { networks: ['192.0.2.0/24'], services: ['tap'] },
        what: 'Token for a program',
        from: 'topcat',
      },
    ],
    newer: '/auth/tokens?from=0',
    older: '/auth/tokens?from=200',
    notice: 'Revoked x.',
    notices: {
      shown: [
        { id: '8', at: NOW - 60, sentence: 'The token topcat-laptop was revoked.', reason: 'It leaked' },
        { id: '7', at: NOW - 90, sentence: 'The token x was created.', origin: 'From 192.0.2.7', token: key('hQ') },
      ],
      newest: '8',
      older: { count: 3, since: NOW - DAY },
    },
  },
  'tokens/create': {
    layout,
    values: { ...wanted, name: 'laptop' },
    scopes,
    expiryChoices: expiryChoices(NOW, {}),
    errors: [
      { field: 'name', message: 'Choose another name' },
      { field: 'scope', message: 'Choose a scope' },
      { field: 'expires', message: 'Choose an end' },
      { field: 'expires_at', message: 'Choose a later time' },
    ],
    suggestion: { by: 'astroquery', missing: ['read:image'] },
  },
  'tokens/edit': {
    layout,
    token,
    values: {
      name: 'laptop',
      scopes: ['read:tap'],
      expires: 'keep',
      expiresAt: '',
      tzOffset: 0,
      networks: '192.0.2.0/24',
      services: 'tap portal',
    },
    scopes,
    expiryChoices: soonerChoices(NOW + 27 * DAY, NOW, {}),
    errors: [{ field: 'expires', message: 'Choose an end' }],
  },
  'tokens/created': {
    layout,
    name: 'topcat-laptop',
    scopes: ['read:tap'],
    expires: NOW + 27 * DAY,
    token: TOKEN,
    recipes: recipes({ token: TOKEN, tapUrl: 'https://data.example.org/tap', realm: 'data.example.org' }),
  },
  'tokens/details': {
    layout,
    token: partlyInEffect,
    scopes,
    state: 'live',
    usedFrom: [
      { address: '192.0.2.7', client: 'STILTS/3.5.2', first: NOW - DAY, last: NOW - 180, count: 40, isOthers: false },
      { address: '', client: '', first: NOW - DAY, last: NOW - DAY, count: 1, isOthers: false },
    ],
    moreUses: true,
    history: [change],
  },
  'tokens/revoke': { layout, token, alsoEnds: ['2 notebook tokens'], heirs: ['pipeline', 'grid-night'] },
}
