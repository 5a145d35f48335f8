import { describe, expect, it } from '@jest/globals'
import { parse as parseYaml } from 'yaml'
import { file, problemsOf } from './support/given.js'

/** A section that says where people are looked up, with some of it said otherwise. */
function ldap(otherwise: string): Record<string, string> {
  const usual = { url: 'ldap://x', groupBaseDn: 'ou=groups,dc=x', userBaseDn: 'ou=people,dc=x' }
  return { POSTERN_LDAP: JSON.stringify({ ...usual, ...parseYaml(`{${otherwise}}`) }) }
}

describe('a mistake in the settings is one sentence that names the setting', () => {
  it.each([
    [{ POSTERN_PORT: 'http' }, /^POSTERN_PORT: .*\(it is "http"\)$/],
    [{ POSTERN_PORT: '70000' }, /^POSTERN_PORT: /],
    [
      { POSTERN_BASE_URL: 'data.example.org' },
      /^POSTERN_BASE_URL: must be an http or https URL, such as https:\/\/data.example.org \(it is "data.example.org"\)$/,
    ],
    [
      { POSTERN_BASE_URL: 'https://data.example.org/auth' },
      /^POSTERN_BASE_URL: must have no path, or a plain one that .* such as https:.* or https:\/\/example\.org\/postern/,
    ],
    [{ POSTERN_BASE_URL: 'https://data.example.org/a b/' }, /^POSTERN_BASE_URL: must have no path, or a plain one/],
    [
      { POSTERN_BASE_URL: 'https://data.example.org/postern?a=b' },
      /^POSTERN_BASE_URL: must have no path, or a plain one/,
    ],
    [{ POSTERN_BASE_ULR: 'x' }, /^POSTERN_BASE_ULR: there is no such setting; did you mean POSTERN_BASE_URL\?$/],
    [{ POSTERN_NONSENSE: 'x' }, /^POSTERN_NONSENSE: there is no such setting$/],
    [{ POSTERN_TOKEN_LIFETIME: 'soon' }, /^POSTERN_TOKEN_LIFETIME: must be a duration, such as 30d or 1h30m/],
    [{ POSTERN_TOKEN_LIFETIME: '5m' }, /^POSTERN_TOKEN_LIFETIME: must be at least 10 minutes/],
    [{ POSTERN_PROXIES: '[10.0.0.0/40]' }, /^POSTERN_PROXIES\.0: must be an address or a network/],
    [{ POSTERN_PROXIES: '[' }, /^POSTERN_PROXIES: is not YAML/],
    [{ POSTERN_WORKERS: '0' }, /^POSTERN_WORKERS: must be a number from 1 to 99, or auto, such as 4 \(it is "0"\)$/],
    [
      { POSTERN_DATABASE_CONNECTIONS: '1' },
      /^POSTERN_DATABASE_CONNECTIONS: must be a number from 2 to 9999, or auto, such as 20 \(it is "1"\)$/,
    ],
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
    [
      { POSTERN_CONFIG: file('site.yaml', 'site: {nam: x}\n') },
      /^nam: there is no such setting under site; did you mean name\?$/,
    ],
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
    [ldap('timeout: 0'), /^POSTERN_LDAP\.timeout: must be a second or more/],
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
