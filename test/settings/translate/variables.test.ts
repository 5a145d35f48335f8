import { describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../../server/settings/load.js'
import type { Settings } from '../../../server/settings/schema.js'
import { file } from '../support/given.js'

const BOOTSTRAP = 'gt-NVulqbDMAQUPhQq3NXeqVg.5MbMYS_0mWcoKPWHoBchSA'
const CLIENTS = '[{"id": "chronograf", "secret": "hush", "return_uri": "https://data.example.org/chronograf"}]'
const CONFIG = file(
  'phalanx.yaml',
  `
cilogon: {clientId: cilogon:/client_id/1}
ldap: {url: "ldaps://ldap.example.org", userDn: "cn=reader", userBaseDn: "ou=people", groupBaseDn: "ou=groups"}
oidcServer: {enabled: true}
`,
)
/** The environment that Gafaelfawr's Helm chart makes, and the secret that only Postern has. */
const PHALANX = {
  GAFAELFAWR_CONFIG_PATH: CONFIG,
  GAFAELFAWR_AFTER_LOGOUT_URL: 'https://data.example.org/',
  GAFAELFAWR_BASE_URL: 'https://data.example.org',
  GAFAELFAWR_BASE_INTERNAL_URL: 'http://gafaelfawr.gafaelfawr.svc.cluster.local:8080',
  GAFAELFAWR_BOOTSTRAP_TOKEN: BOOTSTRAP,
  GAFAELFAWR_CILOGON_CLIENT_SECRET: 'cilogon-secret',
  GAFAELFAWR_DATABASE_PASSWORD: 'hunter2hunter2',
  GAFAELFAWR_DATABASE_URL: 'postgresql://gafaelfawr@postgres.postgres/gafaelfawr',
  GAFAELFAWR_GITHUB_CLIENT_SECRET: 'of no section',
  GAFAELFAWR_LDAP_PASSWORD: 'ldap-password',
  GAFAELFAWR_OIDC_SERVER_CLIENTS: CLIENTS,
  GAFAELFAWR_OIDC_SERVER_ISSUER: 'https://data.example.org',
  GAFAELFAWR_PORT: 'tcp://10.0.0.1:8080',
  GAFAELFAWR_REDIRECT_URL: 'https://data.example.org/login',
  GAFAELFAWR_REDIS_EPHEMERAL_URL: 'redis://gafaelfawr-redis-ephemeral.gafaelfawr:6379/0',
  GAFAELFAWR_REDIS_PASSWORD: 'hunter2hunter2',
  GAFAELFAWR_REDIS_PERSISTENT_URL: 'redis://gafaelfawr-redis.gafaelfawr:6379/0',
  GAFAELFAWR_SESSION_SECRET: 'hunter2hunter2',
  GAFAELFAWR_SLACK_WEBHOOK: 'https://hooks.example.com/T0/x',
  POSTERN_SECRET: 'x'.repeat(32),
}

// biome-ignore format: a table reads in columns
const TAKEN: readonly (readonly [variable: string, read: (settings: Settings) => unknown, value: unknown])[] = [
  ['CONFIG_PATH',           ({ ldap }) => ldap?.userDn,                                     'cn=reader'],
  ['AFTER_LOGOUT_URL',      ({ afterLogoutUrl }) => afterLogoutUrl?.href,                   'https://data.example.org/'],
  ['BASE_URL',              ({ baseUrl }) => baseUrl.href,                                  'https://data.example.org/'],
  ['BOOTSTRAP_TOKEN',       ({ bootstrapToken }) => bootstrapToken?.reveal(),               BOOTSTRAP],
  ['CILOGON_CLIENT_SECRET', ({ oidcProviders }) => oidcProviders[0]?.clientSecret?.reveal(), 'cilogon-secret'],
  ['LDAP_PASSWORD',         ({ ldap }) => ldap?.password?.reveal(),                         'ldap-password'],
  ['OIDC_SERVER_CLIENTS',   ({ oidcServer }) => oidcServer.clients?.[0]?.secret.reveal(),   'hush'],
  ['SLACK_WEBHOOK',         ({ alertWebhook }) => alertWebhook?.reveal(),                   'https://hooks.example.com/T0/x'],
]

// biome-ignore format: a table reads in columns
const NAMED: readonly (readonly [variable: string, instead: RegExp])[] = [
  ['BASE_INTERNAL_URL',    /POSTERN_INTERNAL_LISTEN/],
  ['DATABASE_PASSWORD',    /DATABASE_URL/],
  ['DATABASE_URL',         /DATABASE_URL.+from-gafaelfawr/],
  ['OIDC_SERVER_ISSUER',   /oidcServer\.issuer/],
  ['REDIRECT_URL',         /\/login/],
  ['REDIS_EPHEMERAL_URL',  /REDIS_URL/],
  ['REDIS_PASSWORD',       /REDIS_URL/],
  ['REDIS_PERSISTENT_URL', /REDIS_URL.+from-gafaelfawr/],
  ['SESSION_SECRET',       /POSTERN_SECRET/],
]

function load(environment: Record<string, string>) {
  const unused: { setting: string; instead: string }[] = []
  return { settings: loadSettings(environment, (each) => void unused.push(each)), unused }
}

describe('the environment of a pod of Gafaelfawr', () => {
  it.each(TAKEN)('has the effect of Postern’s variable: GAFAELFAWR_%s', (_variable, read, value) => {
    expect(read(load(PHALANX).settings)).toBe(value)
  })

  it.each(NAMED)('is named once with what has an effect: GAFAELFAWR_%s', (variable, instead) => {
    const named = load(PHALANX).unused.filter(({ setting }) => setting === `GAFAELFAWR_${variable}`)
    expect(named).toEqual([{ setting: `GAFAELFAWR_${variable}`, instead: expect.stringMatching(instead) }])
  })

  it('has no other variable named, and none of its secrets', () => {
    const { unused } = load(PHALANX)
    expect(unused.length).toBe(NAMED.length)
    expect(JSON.stringify(unused)).not.toContain('hunter2')
  })

  it('leaves the stores of Gafaelfawr alone', () => {
    const { settings } = load({ ...PHALANX, DATABASE_URL: 'postgresql://postern@db/postern' })
    expect([settings.databaseUrl?.reveal(), settings.redisUrl]).toEqual(['postgresql://postern@db/postern', undefined])
  })

  it('yields to Postern’s own variables, in files too', () => {
    const own = {
      POSTERN_BASE_URL: 'https://new.example.org',
      POSTERN_LDAP_PASSWORD_FILE: file('ldap', 'new-password'),
    }
    const { settings } = load({ ...PHALANX, ...own })
    expect([settings.baseUrl.href, settings.ldap?.password?.reveal()]).toEqual([
      'https://new.example.org/',
      'new-password',
    ])
  })
})
