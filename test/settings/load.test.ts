import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { parse as parseYaml } from 'yaml'
import { loadSettings, type SettingsError } from '../../server/settings/load.js'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-settings-'))

afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const full = path.join(folder, name)
  writeFileSync(full, text)
  return full
}

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadSettings(environment)
  } catch (error) {
    return (error as SettingsError).problems
  }
  return []
}

/** A section that says where people are looked up, with some of it said otherwise. */
function ldap(otherwise: string): Record<string, string> {
  const usual = { url: 'ldap://x', groupBaseDn: 'ou=groups,dc=x', userBaseDn: 'ou=people,dc=x' }
  return { POSTERN_LDAP: JSON.stringify({ ...usual, ...parseYaml(`{${otherwise}}`) }) }
}

const TOKEN = 'gt-NVulqbDMAQUPhQq3NXeqVg.5MbMYS_0mWcoKPWHoBchSA'

describe('settings', () => {
  it('have a working default for everything', () => {
    const settings = loadSettings({})
    expect(settings).toMatchObject({ port: 8080, host: '127.0.0.1', data: '.postern', tokenLifetime: 30 * 86_400 })
    expect(settings.baseUrl.href).toBe('http://localhost:8080/')
    expect(settings.databaseUrl).toBeUndefined()
    expect([...settings.knownScopes.keys()]).toContain('read:tap')
    expect(settings.groupMapping.get('read:tap' as never)).toEqual(new Set(['admins', 'users']))
  })

  it('come from the environment, where empty means not set', () => {
    const settings = loadSettings({
      POSTERN_PORT: '9000',
      POSTERN_BASE_URL: 'https://data.example.org',
      POSTERN_DATA: '/var/lib/postern',
      POSTERN_TOKEN_LIFETIME: '1w2d',
      POSTERN_PROXIES: '[10.0.0.0/8, "::1"]',
      POSTERN_ALLOW_SUBDOMAINS: 'true',
      POSTERN_LOG_LEVEL: '',
      DATABASE_URL: 'postgresql://u:p@db/x',
      POSTERN_SECRET: `${'a'.repeat(32)}, ${'b'.repeat(32)}`,
      PATH: '/usr/bin',
    })
    expect(settings).toMatchObject({ port: 9000, host: '127.0.0.1', allowSubdomains: true, tokenLifetime: 9 * 86_400 })
    expect(settings.proxies).toEqual(['10.0.0.0/8', '::1'])
    expect(settings.databaseUrl?.reveal()).toBe('postgresql://u:p@db/x')
    expect(settings.secret?.map((each) => each.reveal())).toEqual(['a'.repeat(32), 'b'.repeat(32)])
  })

  it('come from the file, and the environment wins', () => {
    const config = file(
      'a.yaml',
      'port: 1\ntokenLifetime: 14d\nsite: {name: Lab}\nknownScopes: {"admin:token": a, "admin:userinfo": b, "user:token": c}\ngroupMapping: {}\n',
    )
    const settings = loadSettings({ POSTERN_CONFIG: config, POSTERN_PORT: '2' })
    expect(settings).toMatchObject({ port: 2, tokenLifetime: 14 * 86_400, site: { name: 'Lab' } })
    expect(settings.knownScopes.size).toBe(3)
  })

  it('that are secret come from files, too', () => {
    const settings = loadSettings({
      POSTERN_SECRET_FILE: file('secret', `${'s'.repeat(40)}\n`),
      POSTERN_BOOTSTRAP_TOKEN_FILE: file('boot', `${TOKEN}\n`),
      DATABASE_URL_FILE: file('db', 'postgresql://u:p@db/x\n'),
      REDIS_URL_FILE: file('redis', 'redis://:p@cache:6379/0\n'),
    })
    expect(settings.secret?.[0]?.reveal()).toBe('s'.repeat(40))
    expect(settings.bootstrapToken?.reveal()).toBe(TOKEN)
    expect(settings.databaseUrl?.reveal()).toBe('postgresql://u:p@db/x')
    expect(settings.redisUrl?.reveal()).toBe('redis://:p@cache:6379/0')
  })

  it('say where people are looked up, as Gafaelfawr has it, and take the password from the environment or a file', () => {
    const config = file(
      'ldap.yaml',
      'ldap:\n  url: ldaps://ldap.example.org\n  userDn: uid=postern,dc=example,dc=org\n  groupBaseDn: ou=groups,dc=example,dc=org\n  userBaseDn: ou=people,dc=example,dc=org\n  nameAttr: null\n',
    )
    const { ldap } = loadSettings({ POSTERN_CONFIG: config, POSTERN_LDAP_PASSWORD: 'hunter2' })
    expect(ldap?.url.host).toBe('ldap.example.org')
    expect(ldap?.password?.reveal()).toBe('hunter2')
    expect(ldap).toMatchObject({
      groupObjectClass: 'posixGroup',
      groupMemberAttr: 'member',
      groupSearchByDn: true,
      userSearchAttr: 'uid',
      nameAttr: null,
      emailAttr: 'mail',
      uidAttr: 'uidNumber',
      gidAttr: 'gidNumber',
      addUserGroup: false,
      startTls: false,
    })
    const fromFile = loadSettings({
      POSTERN_CONFIG: config,
      POSTERN_LDAP_PASSWORD_FILE: file('ldap-password', 'hunter3\n'),
    })
    expect(fromFile.ldap?.password?.reveal()).toBe('hunter3')
  })

  it('are not confused by what Kubernetes puts beside a Service called postern', () => {
    const settings = loadSettings({
      POSTERN_SERVICE_HOST: '10.1.2.3',
      POSTERN_SERVICE_PORT_HTTP: '8080',
      POSTERN_PORT: 'tcp://10.1.2.3:8080',
      POSTERN_PORT_8080_TCP_ADDR: '10.1.2.3',
    })
    expect(settings.port).toBe(8080)
  })
})

describe('a mistake in the settings is one sentence that names the setting', () => {
  it.each([
    [{ POSTERN_PORT: 'http' }, /^POSTERN_PORT: .*\(it is "http"\)$/],
    [{ POSTERN_PORT: '70000' }, /^POSTERN_PORT: /],
    [
      { POSTERN_BASE_URL: 'data.example.org' },
      /^POSTERN_BASE_URL: must be an http or https URL \(it is "data.example.org"\)$/,
    ],
    [{ POSTERN_BASE_URL: 'https://data.example.org/auth' }, /^POSTERN_BASE_URL: must have no path/],
    [{ POSTERN_BASE_ULR: 'x' }, /^POSTERN_BASE_ULR: there is no such setting; did you mean POSTERN_BASE_URL\?$/],
    [{ POSTERN_NONSENSE: 'x' }, /^POSTERN_NONSENSE: there is no such setting$/],
    [{ POSTERN_TOKEN_LIFETIME: 'soon' }, /^POSTERN_TOKEN_LIFETIME: must be a duration such as 30d or 1h30m/],
    [{ POSTERN_TOKEN_LIFETIME: '5m' }, /^POSTERN_TOKEN_LIFETIME: must be at least 10 minutes/],
    [{ POSTERN_PROXIES: '[10.0.0.0/40]' }, /^POSTERN_PROXIES\.0: must be an address or a network/],
    [{ POSTERN_PROXIES: '[' }, /^POSTERN_PROXIES: is not YAML/],
    [{ POSTERN_WORKERS: '0' }, /^POSTERN_WORKERS: must be a number from 1 to 99, or auto \(it is "0"\)$/],
    [{ POSTERN_WORKERS: 'all' }, /^POSTERN_WORKERS: must be a number from 1 to 99, or auto/],
    [{ REDIS_URL: 'redis+sentinel://a:1,b:2', POSTERN_SECRET: 'x'.repeat(32) }, /^REDIS_URL: must be redis:\/\//],
    [{ POSTERN_LOG_LEVEL: 'loud' }, /^POSTERN_LOG_LEVEL: /],
    [
      { POSTERN_CONFIG: '/nowhere/postern.yaml' },
      /^POSTERN_CONFIG: \/nowhere\/postern.yaml cannot be read \(ENOENT\)$/,
    ],
    [{ POSTERN_CONFIG: file('list.yaml', '- a\n') }, /list\.yaml: must be a YAML mapping of settings$/],
    [{ POSTERN_CONFIG: file('broken.yaml', 'a: [\n') }, /broken\.yaml: is not YAML/],
    [
      { POSTERN_CONFIG: file('typo.yaml', 'tokenLifetme: 1d\n') },
      /^tokenLifetme: there is no such setting; did you mean tokenLifetime\?$/,
    ],
    [{ POSTERN_CONFIG: file('site.yaml', 'site: {nam: x}\n') }, /^nam: there is no such setting under site$/],
    [
      { POSTERN_CONFIG: file('map.yaml', 'groupMapping: {"read:tapp": [users]}\n') },
      /^groupMapping\.read:tapp: is not in knownScopes$/,
    ],
    [
      { POSTERN_CONFIG: file('scopes.yaml', 'knownScopes: {"read:tap": x}\ngroupMapping: {}\n') },
      /^knownScopes: must have admin:token$/,
    ],
    [
      { POSTERN_SECRET: 'x'.repeat(40), POSTERN_SECRET_FILE: '/x' },
      /^POSTERN_SECRET and POSTERN_SECRET_FILE are both set/,
    ],
    [{ POSTERN_SECRET_FILE: '/nowhere' }, /^POSTERN_SECRET_FILE: \/nowhere cannot be read/],
    [ldap('url: http://x'), /^POSTERN_LDAP\.url: must be ldap:\/\/HOST\[:PORT\]/],
    [ldap('url: "ldap://u:p@x"'), /^POSTERN_LDAP\.url: must be ldap/],
    [ldap('userBaseDn: people'), /^POSTERN_LDAP\.userBaseDn: must be a distinguished name/],
    [ldap('userSearchAttr: "uid=*)(x"'), /^POSTERN_LDAP\.userSearchAttr: must be the name of an attribute/],
    [ldap('userDn: cn=x'), /^POSTERN_LDAP\.password: is needed with userDn/],
    [{ ...ldap(''), POSTERN_LDAP_PASSWORD: 'x' }, /^POSTERN_LDAP\.userDn: is needed with a password/],
    [ldap('url: ldaps://x, startTls: true'), /^POSTERN_LDAP\.startTls: is for ldap:\/\/ alone/],
    [ldap('caFile: /x'), /^POSTERN_LDAP\.caFile: is of no use without TLS/],
    [ldap('kerberosConfig: x'), /^kerberosConfig: there is no such setting under ldap$/],
    [{ POSTERN_LDAP_PASSWORD: 'x' }, /^POSTERN_LDAP_PASSWORD: the configuration has no section that it belongs to$/],
    [{ POSTERN_LDAP_PASWORD: 'x' }, /did you mean POSTERN_LDAP_PASSWORD\?$/],
  ])('%j', (environment, sentence) => {
    expect(problemsOf(environment as Record<string, string>)).toContainEqual(expect.stringMatching(sentence))
  })

  it('and all of them are told at once', () => {
    expect(problemsOf({ POSTERN_PORT: 'x', POSTERN_LOG_LEVEL: 'y', POSTERN_Z: 'z' })).toHaveLength(3)
  })

  it.each(['secret: *hunter2-is-long', 'secret: !x hunter2', 'secret: "hunter2', 'a: hunter2\n b: c'])(
    'and a broken file is not quoted: %j',
    (text) => {
      const [problem] = problemsOf({ POSTERN_CONFIG: file('quoted.yaml', text) })
      expect(problem).toMatch(/quoted\.yaml|secret/)
      expect(problem).not.toContain('hunter2')
    },
  )

  it.each([
    { POSTERN_LDAP: 'hunter2' },
    { POSTERN_LDAP: '{url: x, password: [hunter2]}' },
    { ...ldap('url: x'), POSTERN_LDAP_PASSWORD: 'hunter2' },
  ])('and a secret inside a section is not quoted: %j', (environment: Record<string, string>) => {
    const problems = problemsOf(environment)
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.join()).not.toContain('hunter2')
  })

  it.each(['POSTERN_SECRET', 'POSTERN_BOOTSTRAP_TOKEN', 'DATABASE_URL', 'REDIS_URL'])('%s is never quoted', (name) => {
    const [problem] = problemsOf({ [name]: 'hunter2' })
    expect(problem).toMatch(new RegExp(`^${name}: `))
    expect(problem).not.toContain('hunter2')
  })
})

const LAB = '{clientId: postern, issuer: "https://id.example.org/realms/lab"}'

describe('identity providers', () => {
  it('are none by default, and then people sign in with accounts kept here', () => {
    expect(loadSettings({})).toMatchObject({ oidcProviders: [], localAccounts: 'offered' })
  })

  it('may be configured as for Gafaelfawr, with the secret somewhere else', () => {
    const config = file(
      'cilogon.yaml',
      'cilogon: {clientId: "cilogon:/client_id/1", enrollmentUrl: "https://id.example.org/enrol", loginParams: {skin: LSST}}\n',
    )
    const settings = loadSettings({
      POSTERN_CONFIG: config,
      POSTERN_CILOGON_CLIENT_SECRET_FILE: file('cs', 'hunter2\n'),
    })
    const [cilogon] = settings.oidcProviders
    expect(cilogon).toMatchObject({
      id: 'cilogon',
      title: 'CILogon',
      usernameClaim: 'username',
      scopes: ['email', 'org.cilogon.userinfo'],
      loginParams: { skin: 'LSST' },
    })
    expect([cilogon?.issuer.href, cilogon?.enrollmentUrl?.href]).toEqual([
      'https://cilogon.org/',
      'https://id.example.org/enrol',
    ])
    expect(cilogon?.clientSecret.reveal()).toBe('hunter2')
    expect(settings.localAccounts).toBe('hidden')
  })

  it('may be a section as Gafaelfawr has it', () => {
    const config = file(
      'gafaelfawr.yaml',
      `oidc:
  clientId: rsp
  audience: rsp
  loginUrl: https://dex.example.org/auth
  tokenUrl: https://dex.example.org/token
  issuer: https://dex.example.org
  scopes: [openid, email, groups, profile]
  usernameClaim: name
`,
    )
    const settings = loadSettings({ POSTERN_CONFIG: config, POSTERN_OIDC_CLIENT_SECRET: 's' })
    expect(settings.oidcProviders).toMatchObject([{ id: 'oidc', title: 'dex.example.org', usernameClaim: 'name' }])
    expect(settings.oidcProviders[0]?.tokenUrl?.href).toBe('https://dex.example.org/token')
  })

  it('may be several at once, each with a secret of its own', () => {
    const settings = loadSettings({
      POSTERN_KEYCLOAK: LAB,
      POSTERN_KEYCLOAK_CLIENT_SECRET: 'one',
      POSTERN_OIDC: `[{id: north-lab, title: North, clientId: p, issuer: "https://a.example"}, {id: s, clientId: p, issuer: "https://b.example"}]`,
      POSTERN_OIDC_NORTH_LAB_CLIENT_SECRET: 'two',
      POSTERN_OIDC_S_CLIENT_SECRET_FILE: file('three', 'three'),
      POSTERN_LOCAL_ACCOUNTS: 'true',
    })
    expect(settings.oidcProviders.map(({ id, title, clientSecret }) => [id, title, clientSecret.reveal()])).toEqual([
      ['keycloak', 'Keycloak', 'one'],
      ['north-lab', 'North', 'two'],
      ['s', 'b.example', 'three'],
    ])
    expect(settings.localAccounts).toBe('offered')
  })

  it.each([
    [{ POSTERN_KEYCLOAK: LAB }, /^POSTERN_KEYCLOAK\.clientSecret: is required; .*_CLIENT_SECRET_FILE/],
    [{ POSTERN_OIDC: LAB }, /^POSTERN_OIDC\.clientSecret: is required/],
    [{ POSTERN_OIDC: `[${LAB}]` }, /^POSTERN_OIDC\.0\.clientSecret: is required/],
    [{ POSTERN_OIDC: '{clientId: p, clientSecret: s}' }, /^POSTERN_OIDC\.issuer: /],
    [{ POSTERN_OIDC: '{}', POSTERN_OIDC_CLIENT_SECRET: 's' }, /^POSTERN_OIDC\.clientId: /],
    [{ POSTERN_OIDC_CLIENT_SECRET: 'hunter2' }, /^POSTERN_OIDC_CLIENT_SECRET: the configuration has no section/],
    [{ POSTERN_OIDC: '{issuer: "http://id.example.org"}' }, /^POSTERN_OIDC\.issuer: must be an https URL/],
    [{ POSTERN_OIDC: '{issuer: "https://u:p@id.example.org"}' }, /^POSTERN_OIDC\.issuer: must be an https URL/],
    [{ POSTERN_OIDC: '{id: "../x"}' }, /^POSTERN_OIDC\.id: must begin with a letter/],
    [
      { POSTERN_OIDC: '{audience: x, clientId: y, clientSecret: z, issuer: "https://a.example"}' },
      /audience: must be the clientId/,
    ],
    [{ POSTERN_OIDC: '{usernameclaim: x}' }, /^usernameclaim: there is no such setting under oidc/],
    [{ POSTERN_OIDC: '[]' }, /^POSTERN_OIDC: /],
    [{ POSTERN_CILOGON: '{loginParams: {state: x}}' }, /^POSTERN_CILOGON\.loginParams: may not have /],
    [
      {
        POSTERN_OIDC:
          '[{clientId: p, clientSecret: s, issuer: "https://a.example"}, {clientId: p, clientSecret: s, issuer: "https://b.example"}]',
      },
      /^POSTERN_OIDC: needs an id for each provider \("oidc" is there twice\)/,
    ],
    [{ POSTERN_LOCAL_ACCOUNTS: 'false' }, /^POSTERN_LOCAL_ACCOUNTS: .*no user could sign in/],
  ])('with a mistake are told about it: %j', (environment, sentence) => {
    const given = environment as Record<string, string>
    expect(problemsOf(given)).toContainEqual(expect.stringMatching(sentence))
  })

  it.each([
    { POSTERN_OIDC: 'hunter2' },
    { POSTERN_KEYCLOAK: 'hunter2' },
    { POSTERN_KEYCLOAK: '{clientId: "", clientSecret: hunter2}' },
    { POSTERN_OIDC: '{clientSecret: [hunter2]}' },
    { POSTERN_OIDC_CLIENT_SECRET: 'hunter2' },
    { POSTERN_OIDC: '{}', POSTERN_OIDC_CLIENT_SECRET: 'hunter2', POSTERN_OIDC_CLIENT_SECRET_FILE: '/nowhere' },
  ])('are never quoted: %j', (environment) => {
    const problems = problemsOf(environment as unknown as Record<string, string>)
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.join('\n')).not.toContain('hunter2')
  })
})
