import { describe, expect, it } from '@jest/globals'
import { stringify } from 'yaml'
import { loadSettings } from '../../../server/settings/load.js'
import { file, problemsOf } from '../support/given.js'

/*
 * The configurations with which Gafaelfawr tests itself, restated: those that start it, and those that it refuses.
 */
const LANDING = 'https://example.com/landing'
const SCOPES = {
  'admin:token': 'Administer tokens',
  'admin:userinfo': 'See the users',
  'exec:admin': 'Administer services',
  'exec:test': 'Test',
  'read:all': 'Read everything',
  'user:token': 'Manage own tokens',
}
const MAPPING = { 'exec:admin': ['admin'], 'exec:test': ['test'], 'read:all': ['foo', 'admin', 'org-a-team'] }
const team = (organization: string, name: string) => ({ github: { organization, team: name } })
const COMMON = {
  afterLogoutUrl: LANDING,
  knownScopes: SCOPES,
  groupMapping: MAPPING,
  metrics: { enabled: false, application: 'gafaelfawr', mock: true },
}
const GITHUB = { ...COMMON, github: { clientId: 'some-github-client' } }
const LDAP = {
  url: 'ldaps://ldap.example.com/',
  groupBaseDn: 'dc=example,dc=com',
  userBaseDn: 'ou=people,dc=example,dc=com',
}
const UPSTREAM = 'https://upstream.example.com'
const OIDC = {
  clientId: 'some-oidc-client',
  loginUrl: `${UPSTREAM}/oidc/login`,
  loginParams: { skin: 'test' },
  redirectUrl: `${UPSTREAM}/login`,
  tokenUrl: `${UPSTREAM}/token`,
  enrollmentUrl: `${UPSTREAM}/enroll`,
  scopes: ['email', 'voPerson'],
  issuer: `${UPSTREAM}/`,
  audience: 'https://test.example.com/',
}
const NOT_USED_OIDC = { loginParams: {}, scopes: ['openid'], usernameClaim: 'uid' }
const CILOGON = { ...COMMON, ldap: LDAP, cilogon: { clientId: 'some-cilogon-client' }, oidc: NOT_USED_OIDC }
const withOidc = (oidc: object = {}, ldap: object = {}) => ({
  ...COMMON,
  ldap: { ...LDAP, ...ldap },
  oidc: { ...OIDC, ...oidc },
})

const QUOTA = {
  default: {
    api: { datalinker: 1000, test: 1, other: 2 },
    disk: { '/home': 32_212_254_720 },
    notebook: { cpu: 8, memory: 4 },
    tap: { qserv: { concurrent: 10 } },
  },
  groups: {
    blocked: { notebook: { cpu: 0, memory: 0, spawn: false } },
    foo: {
      api: { test: 1 },
      disk: { '/home': 10_737_418_240 },
      notebook: { cpu: 0, memory: 4 },
      tap: { qserv: { concurrent: 5 }, sso: { concurrent: 5 } },
    },
  },
  bypass: ['admin'],
}

const OIDC_UNUSED = ['oidc.redirectUrl', 'oidc.audience']

/** Each with the settings that are named as having no effect. */
const STARTING: Readonly<Record<string, readonly [given: object, unused: readonly string[]]>> = {
  cilogon: [CILOGON, []],
  'cilogon-test': [
    { ...CILOGON, cilogon: { ...CILOGON.cilogon, enrollmentUrl: 'https://id.example.org/enrol', test: true } },
    [],
  ],
  github: [
    {
      ...GITHUB,
      slackAlerts: true,
      proxies: ['10.0.0.0/8'],
      groupMapping: { ...MAPPING, 'exec:test': ['test', team('other-org', 'team-with-very-long-name')] },
      errorFooter: 'Some <strong>instructions</strong> with HTML.\n',
      oidc: { scopes: ['openid'] },
      cilogon: {},
      ldap: { groupSearchByDn: true },
      firestore: {},
      oidcServer: { keyId: 'gafaelfawr' },
      quota: {},
      databaseUrl: null,
    },
    ['slackAlerts'],
  ],
  'github-oidc-server': [
    {
      ...GITHUB,
      slackAlerts: true,
      oidcServer: {
        enabled: true,
        clientSuffix: '.example.com',
        issuer: 'https://test.example.com/',
        keyId: 'some-kid',
        dataRightsMapping: { admin: ['dp0.1'], foo: ['dp0.3', 'dp0.2'] },
      },
    },
    ['slackAlerts'],
  ],
  'github-quota': [{ ...GITHUB, quota: QUOTA }, []],
  'github-subdomain': [
    {
      ...GITHUB,
      allowSubdomains: true,
      groupMapping: { 'exec:admin': ['admin'], 'read:all': ['admin', team('org', 'a-team')] },
    },
    [],
  ],
  oidc: [
    {
      ...withOidc({}, { systemGroups: ['foo'] }),
      logLevel: 'DEBUG',
      slackAlerts: true,
      errorFooter: 'Help\n',
      github: {},
    },
    ['slackAlerts', ...OIDC_UNUSED],
  ],
  'oidc-claims': [withOidc({ usernameClaim: 'username' }), OIDC_UNUSED],
  'oidc-enrollment': [withOidc(), OIDC_UNUSED],
  'oidc-firestore': [
    {
      ...withOidc({}, { uidAttr: null, gidAttr: null, addUserGroup: true, systemGroups: ['foo'] }),
      firestore: { project: 'some-google-project' },
    },
    ['firestore', ...OIDC_UNUSED],
  ],
  'oidc-no-attrs': [
    { ...withOidc({}, { nameAttr: null, emailAttr: null, gidAttr: null }), logLevel: 'DEBUG' },
    OIDC_UNUSED,
  ],
  'oidc-no-memberdn': [
    withOidc({}, { groupSearchByDn: false, uidAttr: 'uidNumber', gidAttr: 'gidNumber' }),
    OIDC_UNUSED,
  ],
  'oidc-subdomain': [
    withOidc({ issuer: `${UPSTREAM}/some/path`, redirectUrl: 'https://test.example.com/login' }),
    ['oidc.audience'],
  ],
}

/** As the environment of its pod has them. */
const SECRETS = { POSTERN_BASE_URL: 'https://test.example.com/', POSTERN_SECRET: 'x'.repeat(32) }
const SECTIONS = ['oidc', 'cilogon', 'github'] as const

let files = 0
function environmentOf(given: object): Record<string, string> {
  const used = SECTIONS.filter((name) => {
    const section: unknown = Reflect.get(given, name)
    return typeof section === 'object' && section !== null && Boolean(Reflect.get(section, 'clientId'))
  })
  return {
    ...SECRETS,
    POSTERN_CONFIG: file(`gafaelfawr-${++files}.yaml`, stringify(given)),
    ...Object.fromEntries(used.map((name) => [`POSTERN_${name.toUpperCase()}_CLIENT_SECRET`, 'some-secret'])),
  }
}

function load(given: object, more: Record<string, string> = {}) {
  const unused: { setting: string; instead: string }[] = []
  const settings = loadSettings({ ...environmentOf(given), ...more }, (each) => void unused.push(each))
  return { settings, unused, names: unused.map(({ setting }) => setting) }
}

describe('a configuration of Gafaelfawr', () => {
  it.each(Object.entries(STARTING))(
    '%s starts Postern, and what has no effect is named once',
    (_name, [given, unused]) => {
      const found = load(given)
      expect(found.names.sort()).toEqual([...unused].sort())
      for (const { instead } of found.unused) expect(instead).not.toBe('')
      expect(found.settings.afterLogoutUrl?.href).toBe(LANDING)
    },
  )

  it('means the same here', () => {
    const { settings } = load(STARTING.oidc?.[0] ?? {})
    expect(settings.ldap).toMatchObject({ systemGroups: ['foo'], groupSearchByDn: true })
    expect(settings.oidcProviders).toMatchObject([{ id: 'oidc', usernameClaim: 'uid', clientId: 'some-oidc-client' }])
    expect([settings.github, settings.logLevel]).toEqual([undefined, 'debug'])
    const none = load(STARTING['oidc-no-attrs']?.[0] ?? {}).settings.ldap
    expect(none).toMatchObject({ nameAttr: null, emailAttr: null, gidAttr: null, uidAttr: 'uidNumber' })
    const github = load(STARTING.github?.[0] ?? {}).settings
    expect([github.ldap, github.oidcProviders, github.github?.clientId]).toEqual([undefined, [], 'some-github-client'])
    expect(load(STARTING['cilogon-test']?.[0] ?? {}).settings.oidcProviders).toMatchObject([
      { id: 'cilogon', issuer: new URL('https://test.cilogon.org') },
    ])
    expect(load({ ...GITHUB, quota: QUOTA }).settings.quota?.groups.blocked?.notebook).toEqual(
      QUOTA.groups.blocked.notebook,
    )
  })

  it.each<[string, object, RegExp]>([
    ['a group mapping that is no list', { groupMapping: { 'exec:admin': 'admin' } }, /^groupMapping/],
    ['too short a lifetime', { tokenLifetime: '8m' }, /^tokenLifetime: /],
    ['an unknown log level', { logLevel: 'INVALID' }, /^logLevel: /],
    ['an invalid scope', { knownScopes: { ...SCOPES, 'foo bar': 'x' } }, /^knownScopes/],
    [
      'no user:token',
      { knownScopes: { 'admin:token': 'x', 'admin:userinfo': 'x' } },
      /^knownScopes: must have user:token/,
    ],
    ['a mapping of an unknown scope', { groupMapping: { 'no:such': ['admin'] } }, /^groupMapping.no:such: is not in/],
    ['a misspelt setting', { afterLogoutURL: LANDING }, /^afterLogoutURL: there is no such setting/],
  ])('is refused with %s', (_fault, more, sentence) => {
    expect(problemsOf(environmentOf({ ...GITHUB, ...more }))).toContainEqual(expect.stringMatching(sentence))
  })
})

describe('a setting of Gafaelfawr that is called otherwise here', () => {
  it('has the effect of the one that is', () => {
    const { settings, names } = load({
      ...GITHUB,
      slackAlerts: true,
      slackWebhook: 'https://hooks.example.com/T0/x',
      databaseUrl: 'postgresql+asyncpg://gafaelfawr@db.example.com/site',
      databasePassword: 'pa:ss/word',
      redisPersistentUrl: 'redis://redis.example.com:6379/1',
      redisPassword: 'secret@word',
      logLevel: 'CRITICAL',
    })
    expect(settings.alertWebhook?.reveal()).toBe('https://hooks.example.com/T0/x')
    expect(settings.databaseUrl?.reveal()).toBe('postgresql://gafaelfawr:pa%3Ass%2Fword@db.example.com/site')
    expect(settings.redisUrl?.reveal()).toBe('redis://:secret%40word@redis.example.com:6379/1')
    expect([settings.logLevel, names]).toEqual(['error', []])
  })

  it('is taken in the section of the Gafaelfawr to take over from, too, whose secrets may come from elsewhere', () => {
    const former = {
      databaseUrl: 'postgresql+asyncpg://gafaelfawr@db.example.com/gafaelfawr',
      databasePassword: 'pa:ss/word',
      redisPersistentUrl: 'redis://redis.example.com:6379/1',
      redisPassword: 'secret@word',
      sessionSecret: null,
    }
    const sessionSecret = `${'k'.repeat(43)}=`
    const { settings, names } = load(
      { ...GITHUB, gafaelfawr: former },
      { POSTERN_GAFAELFAWR_SESSION_SECRET: `${sessionSecret}\n` },
    )
    expect(settings.gafaelfawr?.databaseUrl.reveal()).toBe(
      'postgresql://gafaelfawr:pa%3Ass%2Fword@db.example.com/gafaelfawr',
    )
    expect(settings.gafaelfawr?.redisUrl.reveal()).toBe('redis://:secret%40word@redis.example.com:6379/1')
    expect(settings.gafaelfawr?.sessionSecret.reveal()).toBe(sessionSecret)
    expect([settings.redisUrl, settings.databaseUrl, names]).toEqual([undefined, undefined, []])
  })

  it.each<[string, unknown, RegExp]>([
    ['metrics', { enabled: true, application: 'gafaelfawr' }, /\/metrics/],
    ['sentry', { enabled: true, tracesSampleRate: 0.1 }, /alertWebhook/],
    ['slackAlerts', true, /POSTERN_ALERT_WEBHOOK/],
    ['firestore', { project: 'p' }, /--id-csv.*uidAttr/],
    ['initialAdmins', ['ada'], /groupMapping/],
    ['baseInternalUrl', 'http://gafaelfawr.example', /internalListen/],
    ['sessionSecret', 'x', /POSTERN_SECRET/],
    ['redisEphemeralUrl', 'redis://redis.example.com/0', /redisUrl/],
    ['redisPassword', 'x', /redisUrl/],
    ['databasePassword', 'x', /databaseUrl/],
    ['internalDatabase', true, /databaseUrl/],
  ])('and has no effect is named with what has: %s', (setting, value, instead) => {
    const { unused } = load({ ...GITHUB, [setting]: value })
    expect(unused).toEqual([{ setting, instead: expect.stringMatching(instead) }])
  })

  it('is named once for LDAP with Kerberos, too', () => {
    const { unused } = load(
      withOidc({ audience: null, redirectUrl: null }, { kerberosConfig: '[libdefaults]', useKerberos: true }),
    )
    expect(unused).toEqual([{ setting: 'ldap.kerberosConfig', instead: expect.stringContaining('ldap.userDn') }])
  })

  it('is not named where it is off, as Helm writes it', () => {
    const off = {
      metrics: { enabled: false },
      sentry: { enabled: false, tracesSampleRate: 0 },
      slackAlerts: false,
      oidcServer: { enabled: false, keyId: 'gafaelfawr' },
      firestore: { project: '' },
      initialAdmins: [],
      internalDatabase: false,
      updateSchema: true,
      baseInternalUrl: null,
      cilogon: { clientId: '', enrollmentUrl: null, redirectUrl: null, test: false },
      oidc: { clientId: '', issuer: '', loginUrl: '', tokenUrl: '', audience: null },
      ldap: { url: '', userDn: null, kerberosConfig: null, systemGroups: [] },
    }
    expect(load({ ...GITHUB, ...off }).names).toEqual([])
  })

  it('is not updateSchema, which means the same here', () => {
    const { settings, names } = load({ ...GITHUB, updateSchema: false })
    expect([settings.updateSchema, names]).toEqual([false, []])
  })

  it('quotes no secret when it is named', () => {
    const secret = 'hunter2hunter2'
    const { unused } = load({ ...GITHUB, sessionSecret: secret, redisPassword: secret, databasePassword: secret })
    expect(JSON.stringify(unused)).not.toContain(secret)
  })
})
