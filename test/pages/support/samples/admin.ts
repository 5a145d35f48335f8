import type { OpenIdClient } from '../../../../server/core/openid/client.js'
import type { Scope } from '../../../../server/core/token/scope.js'
import type { AdminToken, AdminViews, ClientValues } from '../../../../server/pages/admin/view-models.js'
import { expiryChoices } from '../../../../server/pages/shared/format/expiry.js'
import { change, DAY, ended, key, layout, NOW, scopes, token, wanted } from './values.js'

const CLIENT: OpenIdClient = {
  id: 'c0ffee.clients.example.org',
  description: 'Grafana',
  notes: 'of the operations group',
  redirectUris: ['https://grafana.example.org/login/generic_oauth'],
  postLogoutUris: ['https://grafana.example.org/'],
  backchannelLogoutUri: 'https://grafana.example.org/logout',
  isPublic: false,
  isOwnSite: true,
  requiredScope: 'exec:admin' as Scope,
  requiredGroups: ['ops', 'admins'],
  created: NOW,
  lastModified: NOW,
  lastModifiedBy: 'root',
}

const CLIENT_VALUES: ClientValues = {
  description: 'Grafana',
  'return-uris': 'http://grafana.example.org/',
  'post-logout-uris': 'https://grafana.example.org/',
  'backchannel-logout-uri': 'https://grafana.example.org/logout',
  'required-scope': 'exec:admin',
  'required-groups': 'ops admins',
  notes: 'of the operations group',
  isPublic: false,
  isOwnSite: true,
}

const CLIENT_ERRORS = [{ field: 'return-uris' as const, message: 'must be https' }]

const IDENTITY = { provider: 'institute', issuer: 'https://institute.example', subject: '1815' }

const adminToken = (mark: string, type: AdminToken['type'], what: string): AdminToken => ({
  ...token,
  key: key(mark),
  username: 'grace',
  type,
  what,
})

export const adminSamples: AdminViews = {
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
    isOwn: false,
    acts: ['disable', 'enable', 'reset-password', 'remove-passkeys', 'sign-out'],
    person: {
      username: 'grace',
      source: 'institute',
      name: 'Grace Hopper',
      email: 'grace@example.org',
      uid: 1,
      gid: 2,
      groups: [{ name: 'users', id: 3 }],
      disabled: true,
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
  'admin/suspension': {
    layout,
    act: 'suspend',
    username: 'grace',
    token: adminToken('hQ', 'user', 'topcat'),
    until: NOW + DAY,
    alsoEnds: ['2 notebook tokens'],
    heirs: ['pipeline'],
    own: true,
    errors: [{ field: 'reason', message: 'Give a reason. The owner reads it.' }],
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
    values: { ...wanted, name: '', username: 'bot-x', email: 'x@example.org' },
    scopes,
    expiryChoices: expiryChoices(NOW, {}),
    tomorrow: '2026-11-23T23:59',
    errors: [
      { field: 'username', message: 'Choose another name' },
      { field: 'email', message: 'Choose another address' },
      { field: 'scope', message: 'Choose a scope' },
    ],
  },
  'admin/history': {
    layout,
    actions: ['create', 'edit', 'revoke', 'expire'],
    periods: [{ days: 1, href: '/auth/admin/history?since=2026-11-22' }],
    downloads: [{ format: 'CSV', href: '/auth/admin/history.csv' }],
    values: {
      user: 'ada',
      actor: 'grace',
      key: key('hQ'),
      type: 'user',
      address: '192.0.2.0/24',
      action: '',
      act: '',
      since: '',
      until: '',
    },
    errors: [],
    entries: [{ change }, ended],
    allActs: '/auth/admin/history',
    newer: '/auth/admin/history?cursor=p1_1',
    older: '/auth/admin/history?cursor=1_1',
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
  'clients/list': { layout, clients: [CLIENT] },
  'clients/create': { layout, values: CLIENT_VALUES, errors: CLIENT_ERRORS },
  'clients/client': {
    layout,
    client: CLIENT,
    secrets: [{ created: NOW }, { created: NOW - DAY, expires: NOW + DAY }],
    values: CLIENT_VALUES,
    errors: CLIENT_ERRORS,
  },
  'clients/secret': {
    layout,
    client: CLIENT,
    issuer: 'https://data.example.org',
    secret: 'x'.repeat(43),
    previousUntil: NOW + DAY,
  },
  'clients/delete': { layout, client: CLIENT },
  'admin/lockdown': { layout, lockdown: { since: 1, reason: 'An incident' }, accounts: ['glass'] },
  'admin/lockdown-change': { layout, act: 'on', isEmergency: false },
  'admin/identity-change': {
    layout,
    username: 'ada',
    act: 'rebind',
    present: { provider: 'institute', identity: IDENTITY },
    to: IDENTITY,
  },
}
