import type { Scope } from '../../../../server/core/token/scope.js'
import type { Views } from '../../../../server/pages/shared/views.js'
import { adminSamples } from './admin.js'
import { auditSamples } from './audit.js'
import { deviceSamples } from './device.js'
import { incidentSamples } from './incident.js'
import { overviewSamples } from './overview.js'
import { peopleSamples } from './people.js'
import { programSamples } from './programs.js'
import { recipeSamples } from './recipes.js'
import { searchSamples } from './search.js'
import { tokenSamples } from './tokens.js'
import { DAY, ended, layout, NOW, scopes, session } from './values.js'

const consent = {
  clientId: 'c1',
  client: 'Grafana',
  hosts: ['grafana.example.org'],
  learns: ['your user name here', 'your e-mail address'],
  isLasting: true,
  granted: NOW - DAY,
}

/** One model for every view, with everything in it that a view can show. */
export const samples: Views = {
  ...tokenSamples,
  ...adminSamples,
  ...auditSamples,
  ...deviceSamples,
  ...incidentSamples,
  ...overviewSamples,
  ...peopleSamples,
  ...programSamples,
  ...recipeSamples,
  ...searchSamples,
  'sign-in/sign-in': {
    layout,
    providers: [
      { text: 'CILogon', icon: 'federation', href: '/login/cilogon?rd=%2Fportal' },
      { text: 'ORCID', icon: 'orcid', href: '/login/orcid?rd=%2Fportal' },
      { text: 'GitHub', icon: 'github', href: '/login/github?rd=%2Fportal' },
    ],
    accounts: true,
    passkey: { challenge: 'sealed', options: '{"challenge":"AAAA"}' },
    username: 'ada',
    rd: '/portal?a=1&b=2',
    lockdown: { reason: 'A stolen laptop' },
    error: { message: 'Not right', remedy: 'Try again', retryAfterSeconds: 42, reference: 'r-1' },
  },
  'openid/consent': {
    layout,
    action: '/auth/openid/interaction/u1',
    client: 'Grafana',
    host: 'grafana.example.org',
    learns: ['your user name here', 'your e-mail address'],
    isLasting: true,
    isRemembered: true,
  },
  'openid/consent-withdraw': { layout, consent },
  'openid/no-access': {
    layout,
    action: '/auth/openid/interaction/u1',
    client: 'Grafana',
    needs: 'For Grafana you need the permission read:tap.',
  },
  'openid/sign-out': {
    layout,
    stay: '/auth/openid/logout/confirm',
    xsrf: 'x'.repeat(48),
    client: { id: 'c1', name: 'Grafana' },
    onward: { address: 'https://grafana.example.org/signed-out', state: 's1' },
  },
  'explain/explain': {
    layout,
    values: { url: '/api/tap', user: 'grace', requirement: 'scope=read:tap', address: '192.0.2.7', at: '2026-12-19' },
    errors: [{ field: 'at', message: 'Give a date' }],
    administers: true,
    username: 'grace',
    locations: [
      {
        prefix: 'data.example.org/api/tap',
        source: 'declared',
        query: 'scope=read:tap',
        needs: [['A token with the permission ', { code: 'read:tap' }, '.']],
        tokens: [
          {
            what: 'topcat',
            href: '/auth/tokens/5KVApqcVbSQWtO3VIRgOhQ',
            key: '5KVApqcVbSQWtO3VIRgOhQ',
            passes: true,
            steps: [{ passes: true, sentence: ['It never expires.'] }],
          },
          {
            what: 'script',
            passes: false,
            steps: [{ passes: false, sentence: ['It lacks the permission ', { code: 'read:tap' }, '.'] }],
          },
        ],
        create: '/auth/tokens/new?scope=read%3Atap',
        lacking: [],
      },
      {
        source: 'learned',
        query: 'scope=exec:admin',
        needs: [['A token with the permission ', { code: 'exec:admin' }, '.']],
        tokens: [],
        lacking: [{ scope: 'exec:admin' as Scope, groups: ['operators'] }],
        impossible: ['This belongs to the user grace.'],
      },
    ],
  },
  'sign-in/sign-out': { layout, rd: 'https://data.example.org/portal' },
  'sign-in/again': {
    layout,
    username: 'ada',
    way: { is: 'password' },
    purpose: 'token.for-others',
    rd: '/auth/reauthenticate/resume',
    lost: true,
    error: { message: 'Not right', remedy: 'Try again', retryAfterSeconds: 42 },
  },
  'sign-in/resume': {
    layout,
    purpose: 'program.access',
    action: '/auth/programs/P-1/grants',
    fields: [['email', 'guest@example.org']],
  },
  'sign-in/onward': {
    layout,
    title: 'The Institute',
    action: 'https://idp.example.org/idp/post',
    fields: [['SAMLRequest', 'PHNhbWxwOkF1dGhuUmVxdWVzdC8+']],
  },
  'account/end-session': { layout, session: session('bB', false), alsoEnds: ['1 notebook token'] },
  'account/end-other-sessions': { layout, others: [session('bB', false), session('cB', false)] },
  'sign-in/new-password': {
    layout,
    username: 'ada',
    step: 'sealed',
    error: { message: 'The new password is the old one: choose another', remedy: 'Correct what is named.' },
  },
  'sign-in/passkey': {
    layout,
    username: 'ada',
    step: 'sealed',
    form: { challenge: 'sealed', options: '{"challenge":"AAAA"}' },
    error: { message: 'The passkey could not be verified', remedy: 'Try again, or use another passkey.' },
  },
  'account/passkey-new': {
    layout,
    name: 'security key',
    form: { challenge: 'sealed', options: '{"challenge":"AAAA"}' },
    error: { message: 'The passkey could not be verified', remedy: 'Try again, or use another passkey.' },
  },
  'account/passkey-remove': {
    layout,
    passkey: { id: 'AAAA', name: 'security key', created: NOW - DAY, lastUsed: NOW - 60 },
    isLast: true,
  },
  'account/password': {
    layout,
    username: 'ada',
    error: { message: 'The password is not right', remedy: 'Try again.' },
  },
  'account/account': {
    layout,
    username: 'ada',
    localAccount: true,
    passkeys: [
      { id: 'AAAA', name: 'security key', created: NOW - DAY, lastUsed: NOW - 60 },
      { id: 'BBBB', name: 'phone', created: NOW - 60 },
    ],
    services: [consent],
    name: 'Ada Lovelace',
    isEmailVerified: false,
    email: 'ada@example.org',
    uid: 10_001,
    groups: [{ name: 'users', id: 10_000 }],
    scopes,
    withheld: ['admin:token'],
    browser: 'Firefox on Linux',
    signedIn: NOW - 600,
    expires: NOW + DAY,
    quotas: {
      requests: [
        { service: 'tap', limit: 500, used: 20 },
        { service: 'vo-cutouts', limit: 0 },
        { service: 'hips', limit: 100 },
      ],
      notebook: { cpu: 4, memory: 16, spawn: true },
      tap: [{ service: 'qserv', concurrent: 5 }],
      disk: [{ mount: '/home', bytes: 25_000_000_000 }],
    },
    preferences: { language: 'fr', dates: 'iso', timeZone: 'Europe/Paris' },
  },
  'account/history': {
    layout,
    entries: [
      ...tokenSamples['tokens/details'].history.flatMap((change) => ('tokenType' in change ? [{ change }] : [])),
      ended,
    ],
    allActs: '/auth/history',
    type: 'user',
    older: '/auth/history?cursor=1_1',
  },
  'leaked/leaked': { layout, received: true },
  'api-docs/api-docs': {
    layout,
    query: 'token',
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
            parameters: [{ name: 'username', kind: 'string', required: true, description: 'Whose', value: 'ada' }],
            body: [{ name: 'token_name', kind: 'string of 1 to 64 characters', required: false }],
            examples: [{ language: 'curl', code: 'curl --config - https://example.org/auth/api/v1/users/ada/tokens' }],
            answer: '[{ "token": "5KVApqcVbSQWtO3VIRgOhQ" }]',
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
