import { describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../server/settings/load.js'
import { file, problemsOf } from './support/given.js'

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

  it('keep the default groups of the scopes that a site knows, where it knows its own', () => {
    const knownScopes = 'admin:token: Administer\nadmin:userinfo: See users\nuser:token: Manage tokens\nread:tap: Query'
    const { groupMapping } = loadSettings({ POSTERN_KNOWN_SCOPES: knownScopes })
    expect([...groupMapping.keys()].sort()).toEqual(['admin:token', 'admin:userinfo', 'read:tap'])
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

  it.each(['https://example.org/postern', 'https://example.org/postern/'])(
    'have the base URL %s below its path',
    (given) => {
      expect(loadSettings({ POSTERN_BASE_URL: given }).baseUrl.href).toBe('https://example.org/postern/')
    },
  )

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
      timeout: 5,
    })
    const fromFile = loadSettings({
      POSTERN_CONFIG: config,
      POSTERN_LDAP_PASSWORD_FILE: file('ldap-password', 'hunter3\n'),
    })
    expect(fromFile.ldap?.password?.reveal()).toBe('hunter3')
  })

  it('are not confused by what Kubernetes puts into every pod beside the shipped Services', () => {
    const links = {
      POSTERN_SERVICE_HOST: '10.1.2.3',
      POSTERN_SERVICE_PORT: '80',
      POSTERN_SERVICE_PORT_HTTP: '80',
      POSTERN_PORT: 'tcp://10.1.2.3:80',
      POSTERN_PORT_80_TCP: 'tcp://10.1.2.3:80',
      POSTERN_PORT_80_TCP_ADDR: '10.1.2.3',
      POSTERN_CHECKS_SERVICE_HOST: '10.0.0.1',
      POSTERN_CHECKS_SERVICE_PORT: '80',
      POSTERN_CHECKS_SERVICE_PORT_CHECKS: '80',
      POSTERN_CHECKS_PORT: 'tcp://10.0.0.1:80',
      POSTERN_CHECKS_PORT_80_TCP: 'tcp://10.0.0.1:80',
      POSTERN_CHECKS_PORT_80_TCP_PROTO: 'tcp',
      POSTERN_CHECKS_PORT_80_TCP_PORT: '80',
      POSTERN_CHECKS_PORT_80_TCP_ADDR: '10.0.0.1',
    }
    expect(loadSettings(links).port).toBe(8080)
    expect(problemsOf({ ...links, POSTERN_CHECKS_PORT: '80', POSTERN_CHEKCS_PORT: 'tcp://10.0.0.1:80' })).toEqual([
      'POSTERN_CHECKS_PORT: there is no such setting',
      'POSTERN_CHEKCS_PORT: there is no such setting',
    ])
  })
})
