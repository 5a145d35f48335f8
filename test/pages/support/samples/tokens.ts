import { heatStrip } from '../../../../server/core/pictures/heat-strip.js'
import { LIST_DAYS, PAGE_DAYS, useBars } from '../../../../server/core/pictures/use-bars.js'
import { overlapChoices } from '../../../../server/core/token/rotation.js'
import type { Scope } from '../../../../server/core/token/scope.js'
import { oneLine } from '../../../../server/core/token-list/one-line.js'
import { expiryChoices, soonerChoices } from '../../../../server/pages/shared/format/expiry.js'
import { duplicateLink } from '../../../../server/pages/tokens/duplicate-link.js'
import { listTools } from '../../../../server/pages/tokens/list/tools.js'
import type { ListedRow, ListedToken, TokenViews } from '../../../../server/pages/tokens/view-models.js'
import { recipesWith } from './recipes.js'
import { change, DAY, key, layout, NOW, scopes, session, TOKEN, token, wanted } from './values.js'

const partlyInEffect: ListedToken = {
  ...token,
  restriction: { networks: ['192.0.2.0/24'], services: ['tap', 'portal'] },
  key: key('pQ'),
  notInEffect: ['read:tap' as Scope],
}

const place = { address: '192.0.2.7', client: 'STILTS/3.5.2', first: NOW - DAY, last: NOW - 180, count: 26_583 }

const COUNTS = { expiring: 2, unused: 0, neverExpires: 4, neverUsed: 1, ended: 3 }

/** A month of a pipeline, at a new place today. */
const days = Array.from({ length: LIST_DAYS }, (_, ago) => ({
  count: (ago % 7) * 40,
  isNewPlace: ago === LIST_DAYS - 1,
}))

const row = (listed: ListedToken, isNew = false): ListedRow => ({
  ...listed,
  permissions: oneLine(listed.scopes),
  bars: useBars(days),
  program: 'STILTS',
  hasNewPlace: true,
  isNew,
  isReplaced: !isNew && listed.key !== token.key,
  canRotate: isNew,
  duplicate: duplicateLink(listed),
})

export const tokenSamples: TokenViews = {
  'tokens/list': {
    layout,
    total: 12,
    found: 2,
    tools: listTools({ search: 'top', show: 'expiring', sort: 'default' }, COUNTS, '/auth/tokens'),
    userTokens: [row(token, true), row(partlyInEffect)],
    sessions: [session('aB', true), session('bB', false)],
    delegated: [
      {
        key: token.key,
        scopes: token.scopes,
        permissions: oneLine(token.scopes),
        expires: NOW + DAY,
        what: 'Token for tap',
        from: 'topcat',
      },
      {
        key: token.key,
        scopes: token.scopes,
        permissions: oneLine(token.scopes),
        expires: NOW + DAY,
        restriction: { networks: ['192.0.2.0/24'], services: ['tap'] },
        what: 'Token for a program',
        from: 'topcat',
      },
    ],
    newer: '/auth/tokens?from=0',
    older: '/auth/tokens?from=200',
    notice: { text: ['1 notice was dismissed.'], undo: NOW },
    notices: {
      shown: [
        { id: '8', at: NOW - 60, sentence: 'The token topcat-laptop was revoked.', origin: [], reason: 'It leaked' },
        {
          id: '7',
          at: NOW - 90,
          sentence: 'The token x was created.',
          origin: ['From 192.0.2.7'],
          page: '/auth/tokens/x',
        },
      ],
      folded: ['6', '5', '4', '3'].map((id) => ({
        id,
        at: NOW - DAY,
        sentence: 'A new browser signed in to your account.',
        origin: ['From 2001:db8::7', 'With Firefox on Linux'],
      })),
      newest: '8',
      older: { count: 3, since: NOW - DAY },
    },
  },
  'tokens/revoke-selected': {
    layout,
    tokens: [
      { ...token, alsoEnds: ['2 notebook tokens'] },
      { ...partlyInEffect, alsoEnds: [] },
    ],
    heirs: ['pipeline'],
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
    tomorrow: '2026-11-23T23:59',
    taken: ['topcat-laptop'],
    templates: [
      { id: 'topcat', title: 'TOPCAT' },
      { id: 'notebook', title: 'Notebook', isChosen: true },
    ],
    next: [
      { title: 'TOPCAT', scopes: ['read:tap'] },
      { title: 'curl', scopes: ['read:tap'], always: true },
    ],
    asksAnyway: true,
    suggestion: { by: 'astroquery', missing: ['read:image'], unknown: ['no:such'], expires: '45d' },
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
    tomorrow: '2026-11-23T23:59',
    errors: [{ field: 'expires', message: 'Choose an end' }],
  },
  'tokens/created': {
    layout,
    name: 'topcat-laptop',
    scopes: ['read:tap'],
    expires: NOW + 27 * DAY,
    idle: { time: '10 days', end: NOW + 10 * DAY },
    trial: {
      command: `curl --config - https://data.example.org/auth/api/v1/token-info`,
      tap: { url: 'https://data.example.org/tap', query: 'https://data.example.org/tap/sync?REQUEST=doQuery' },
    },
    token: TOKEN,
    recipes: recipesWith(TOKEN),
  },
  'tokens/details': {
    layout,
    token: partlyInEffect,
    scopes,
    state: 'live',
    canRotate: true,
    successor: { key: key('sQ'), name: 'topcat-laptop' },
    duplicate: '/auth/tokens/new?from=x',
    use: {
      bars: useBars(
        Array.from({ length: PAGE_DAYS }, (_, index) => ({ count: index ** 2 % 900, isNewPlace: index === 89 })),
        36,
      ),
      months: [
        { at: Date.UTC(2026, 8, 1) / 1000, percent: 7.8 },
        { at: Date.UTC(2026, 10, 1) / 1000, percent: 75.6 },
      ],
      places: [
        { ...place, isOthers: false, isNew: false, strip: heatStrip([40, 0, 400]) },
        { ...place, address: '198.51.100.23', isOthers: false, isNew: true, strip: heatStrip([0, 0, 1]) },
        { ...place, address: '', client: '', isOthers: false, isNew: false, strip: heatStrip([0, 1]) },
        { ...place, address: '', client: 'others', isOthers: true, isNew: false, strip: heatStrip([0]) },
      ],
      hasMore: true,
      hasNew: true,
    },
    delegated: [{ what: 'Token for tap', count: 2, lastUsed: NOW - 60 }],
    heirs: [{ name: 'grid-night', key: key('hQ') }, { name: 'bot' }],
    history: [change],
  },
  'tokens/rotate': {
    layout,
    token,
    overlaps: overlapChoices(token.expires, NOW),
    chosen: DAY,
    renewed: NOW + 30 * DAY,
    errors: [{ field: 'overlap', message: 'Choose how long' }],
  },
  'tokens/revoke': { layout, token, alsoEnds: ['2 notebook tokens'], heirs: ['pipeline', 'grid-night'] },
}
