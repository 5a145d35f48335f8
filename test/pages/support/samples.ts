import type { TokenHistoryEntry } from '../../../server/core/token/history.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import type { AdminToken } from '../../../server/pages/admin/view-models.js'
import type { ListedProgram } from '../../../server/pages/programs/view-models.js'
import { expiryChoices, soonerChoices } from '../../../server/pages/shared/format/expiry.js'
import type { PageLayout } from '../../../server/pages/shared/view-models.js'
import type { Views } from '../../../server/pages/shared/views.js'
import { recipes } from '../../../server/pages/tokens/recipes.js'
import type { ListedSession, ListedToken } from '../../../server/pages/tokens/view-models.js'

export const NOW = Date.UTC(2026, 10, 22, 9, 41) / 1000
export const TOKEN = 'gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA'
const DAY = 86_400

export const key = (mark: string) => `5KVApqcVbSQWtO3VIRgO${mark}` as TokenKey

const layout: PageLayout = {
  site: { name: 'Example', helpLinks: [{ text: 'Help', href: '/help' }], footerHtml: 'Run by <b>us</b>' },
  now: NOW,
  csrf: 'csrf-of-ada',
  user: { username: 'ada', name: 'Ada Lovelace', administers: 'everything', investigator: true },
}

const IDENTITY = { provider: 'institute', issuer: 'https://institute.example', subject: '1815' }

const token: ListedToken = {
  key: key('hQ'),
  name: 'topcat-laptop',
  scopes: ['read:tap' as Scope],
  created: NOW - 3 * DAY,
  expires: NOW + 27 * DAY,
  lastUsed: { at: NOW - 180, address: '192.0.2.7', client: 'STILTS/3.5.2' },
}

const partlyInEffect: ListedToken = {
  ...token,
  restriction: { networks: ['192.0.2.0/24'], services: ['tap', 'portal'] },
  key: key('pQ'),
  notInEffect: ['read:tap' as Scope],
}

const session = (mark: string, current: boolean): ListedSession => ({
  key: key(mark),
  browser: 'Firefox on Linux',
  created: NOW - 600,
  expires: NOW + DAY,
  lastUsed: { at: NOW - 60, address: '192.0.2.8' },
  current,
  through: 'CILogon',
  signedInFrom: '198.51.100.7',
  usedWith: 'Chrome on Windows',
})

const change: TokenHistoryEntry = {
  token: token.key,
  username: 'ada',
  tokenType: 'user',
  tokenName: 'topcat-laptop',
  scopes: token.scopes,
  actor: 'grace',
  action: 'edit',
  address: '192.0.2.9',
  at: NOW - DAY,
  old: { name: 'topcat', scopes: ['read:image' as Scope] },
}

const adminToken = (mark: string, type: AdminToken['type'], what: string): AdminToken => ({
  ...token,
  key: key(mark),
  username: 'grace',
  type,
  what,
})

const listedProgram = (id: string, period: ListedProgram['period']): ListedProgram => ({
  id,
  title: 'A deep field',
  period,
  investigators: 2,
  grantees: 1,
  standing: 'pi',
})

const scopes = [
  { name: 'read:image', description: 'Retrieve images' },
  { name: 'read:tap', description: 'Query tables' },
]

/** One model for every view, with everything in it that a view can show. */
export const samples: Views = {
  'sign-in/sign-in': {
    layout,
    providers: [
      { text: 'CILogon', href: '/login/cilogon?rd=%2Fportal' },
      { text: 'Keycloak', href: '/login/keycloak?rd=%2Fportal' },
    ],
    accounts: true,
    username: 'ada',
    rd: '/portal?a=1&b=2',
    lockdown: { reason: 'A stolen laptop' },
    error: { message: 'Not right', remedy: 'Try again', retryAfterSeconds: 42, reference: 'r-1' },
  },
  'sign-in/sign-out': { layout, rd: 'https://data.example.org/portal' },
  'tokens/list': {
    layout,
    userTokens: [token, partlyInEffect],
    sessions: [session('aB', true), session('bB', false)],
    delegated: [{ key: token.key, scopes: token.scopes, expires: NOW + DAY, what: 'Token for tap', from: 'topcat' }],
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
    values: {
      name: 'laptop',
      scopes: ['read:tap'],
      expires: 'at',
      expiresAt: '2026-12-19T09:41',
      tzOffset: -60,
      networks: '192.0.2.0/24',
      services: 'tap portal',
    },
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
  'account/end-other-sessions': { layout, others: [session('bB', false), session('cB', false)] },
  'account/password': {
    layout,
    username: 'ada',
    error: { message: 'The password is not right', remedy: 'Try again.' },
  },
  'account/account': {
    layout,
    username: 'ada',
    localAccount: true,
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    uid: 10_001,
    groups: [{ name: 'users', id: 10_000 }],
    scopes,
    browser: 'Firefox on Linux',
    signedIn: NOW - 600,
    expires: NOW + DAY,
  },
  'leaked/leaked': { layout, received: true },
  'api-docs/api-docs': {
    layout,
    version: '1.2.3',
    sections: [
      {
        name: 'Tokens',
        routes: [
          {
            id: 'getUsersByUsernameTokens',
            method: 'GET',
            path: '/auth/api/v1/users/{username}/tokens',
            summary: 'List the tokens',
            access: 'The user.',
            parameters: [{ name: 'username', kind: 'string', required: true, description: 'Whose' }],
            body: [{ name: 'token_name', kind: 'string of 1 to 64 characters', required: false }],
            responses: [
              {
                status: '200',
                description: 'The tokens',
                kind: 'list of TokenInfo',
                headers: [{ name: 'Link', description: 'The next page' }],
              },
            ],
          },
        ],
      },
    ],
    common: [{ status: '403', description: 'The caller may not', kind: 'Refused', headers: [] }],
    objects: [
      { name: 'TokenInfo', description: 'A token', fields: [{ name: 'expires', kind: 'integer', required: false }] },
    ],
  },
  'admin/user-search': {
    layout,
    query: 'gr',
    people: [
      { username: 'grace', name: 'Grace Hopper', account: 'active', tokens: 1 },
      { username: 'greta', account: 'disabled', disabled: NOW - DAY, tokens: 0 },
      { username: 'grid', account: 'none', tokens: 3 },
    ],
    more: true,
  },
  'admin/user': {
    layout,
    username: 'grace',
    account: {
      username: 'grace',
      name: 'Grace Hopper',
      email: 'grace@example.org',
      uid: 1,
      gid: 2,
      groups: [{ name: 'users', id: 3 }],
      created: NOW - DAY,
      disabled: NOW,
    },
    userTokens: [adminToken('hQ', 'user', 'topcat')],
    serviceTokens: [adminToken('hA', 'service', 'Service token')],
    sessions: [adminToken('hB', 'session', 'Firefox on Linux')],
    delegated: [{ ...adminToken('cB', 'notebook', 'Notebook token'), from: 'topcat' }],
    newer: '/auth/admin/users/grace?from=0',
    older: '/auth/admin/users/grace?from=200',
    notice: 'topcat was revoked.',
  },
  'admin/revoke': {
    layout,
    username: 'grace',
    token: adminToken('hQ', 'user', 'topcat'),
    alsoEnds: ['2 notebook tokens'],
    heirs: ['pipeline'],
    own: false,
  },
  'admin/review': {
    layout,
    granted: [adminToken('iQ', 'user', 'night-shift')],
    endless: [adminToken('jQ', 'service', 'Service token')],
    limit: 200,
  },
  'admin/revoke-everything': {
    layout,
    username: 'grace',
    ends: ['1 web session', '3 user tokens'],
    own: true,
    active: true,
  },
  'admin/service-tokens': { layout, tokens: [adminToken('hQ', 'service', 'Service token')], limit: 1 },
  'admin/service-token-create': {
    layout,
    values: {
      name: '',
      username: 'bot-x',
      email: 'x@example.org',
      scopes: ['read:tap'],
      expires: 'at',
      expiresAt: '2026-12-19T09:41',
      tzOffset: -60,
      networks: '192.0.2.0/24',
      services: 'tap portal',
    },
    scopes,
    expiryChoices: expiryChoices(NOW, {}),
    errors: [
      { field: 'username', message: 'Choose another name' },
      { field: 'email', message: 'Choose another address' },
      { field: 'scope', message: 'Choose a scope' },
    ],
  },
  'admin/history': {
    layout,
    values: {
      user: 'ada',
      actor: 'grace',
      key: key('hQ'),
      type: 'user',
      address: '192.0.2.0/24',
      since: '',
      until: '',
    },
    errors: [],
    changes: [change],
    newer: '/auth/admin/history?cursor=p1_1',
    older: '/auth/admin/history?cursor=1_1',
  },
  'programs/programs': {
    layout,
    own: [
      listedProgram('GO-1234', { state: 'exclusive', end: NOW + 100 * DAY }),
      listedProgram('GO-99', { state: 'public', end: NOW - 100 * DAY }),
    ],
    others: [{ ...listedProgram('GO-5', { state: 'exclusive' }), standing: 'granted' }],
    limit: 200,
  },
  'programs/program': {
    layout,
    id: 'GO-1234',
    title: 'A deep field',
    period: { state: 'exclusive', end: NOW + 100 * DAY },
    investigators: [
      { kind: 'username', name: 'ada', role: 'pi' },
      { kind: 'email', name: 'grace@example.org', role: 'co-i' },
    ],
    grants: [
      { email: 'eve@example.org', grantedBy: 'ada', granted: NOW - DAY, pending: false },
      { email: 'later@example.org', grantedBy: 'ada', granted: NOW - DAY, pending: true },
    ],
    history: [
      {
        program: 'GO-1234',
        action: 'grant',
        actor: 'ada',
        at: NOW - DAY,
        email: 'eve@example.org',
        address: '192.0.2.7',
      },
      {
        program: 'GO-1234',
        action: 'edit',
        actor: 'archive',
        at: NOW - DAY,
        now: { title: 'A deep field' },
        old: { title: '' },
      },
    ],
    mayManage: true,
    back: { text: 'Your programs', href: '/auth/programs' },
    email: 'eve@',
    error: { field: 'email', message: 'That is no e-mail address' },
    notice: 'eve@example.org now has access.',
  },
  'admin/identities': {
    layout,
    refused: [{ username: 'ada', ...IDENTITY, address: '192.0.2.6', first: 1, last: 1, count: 2 }],
    awaited: [{ username: 'ada', provider: 'institute', name: 'Ada Lovelace', email: 'ada@example.org', programs: 2 }],
    changes: [
      {
        username: 'ada',
        action: 'bind',
        provider: 'institute',
        identity: IDENTITY,
        old: IDENTITY,
        actor: 'ada',
        at: 1,
      },
    ],
  },
  'admin/identity-change': {
    layout,
    username: 'ada',
    act: 'rebind',
    present: { provider: 'institute', identity: IDENTITY },
    to: IDENTITY,
  },
  'admin/program-search': {
    layout,
    query: 'GO',
    programs: [listedProgram('GO-1234', { state: 'exclusive' })],
    more: true,
  },
  'shared/error-page': {
    layout,
    heading: 'No access',
    what: 'You may not.',
    remedy: 'Ask.',
    reference: 'r-2',
    link: { text: 'Back', href: '/' },
  },
}

export const viewNames = Object.keys(samples) as (keyof Views)[]
