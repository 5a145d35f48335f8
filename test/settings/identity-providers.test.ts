import { describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../server/settings/load.js'
import { makeKeys } from '../support/peers/saml-stand-in.js'
import { file, problemsOf } from './support/given.js'

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

  it('may speak SAML, beside the others, each with a key of its own', async () => {
    const [one, two] = await Promise.all([makeKeys('one'), makeKeys('two')])
    const saml = [
      { metadata: 'https://idp.example.org/metadata', certificate: one.certificate },
      { id: 'my-lab', title: 'Lab', metadata: '/etc/idp.xml', certificate: two.certificate, spEntityId: 'urn:lab' },
    ]
    const environment = {
      POSTERN_BASE_URL: 'https://data.example.org',
      POSTERN_SAML: JSON.stringify(saml),
      POSTERN_SAML_SAML_PRIVATE_KEY: one.key,
      POSTERN_SAML_MY_LAB_PRIVATE_KEY_FILE: file('lab.key', two.key),
    }
    const [first, second] = loadSettings(environment).samlProviders
    expect(first).toMatchObject({ id: 'saml', title: 'SAML', wantAssertionsSigned: true, metadataRefresh: 3600 })
    expect(first?.spEntityId).toBe('https://data.example.org/login/saml/metadata')
    expect(second).toMatchObject({ id: 'my-lab', spEntityId: 'urn:lab' })
    expect(second?.consumerUrl.href).toBe('https://data.example.org/login/my-lab/callback')
    const problems = problemsOf({ ...environment, POSTERN_SAML_SAML_PRIVATE_KEY: two.key })
    expect(problems).toEqual([expect.stringMatching(/^POSTERN_SAML\.0\.certificate: must be of the privateKey/)])
    expect(problems.join()).not.toContain('PRIVATE KEY-----\n')
  })

  it.each([
    [
      { POSTERN_SAML: '{metadata: "http://idp.example.org"}' },
      /^POSTERN_SAML\.metadata: must be an https URL or the abs/,
    ],
    [{ POSTERN_SAML: '{metadata: idp.xml}' }, /^POSTERN_SAML\.metadata: must be an https URL or the absolute path/],
    [{ POSTERN_SAML: '{certificate: x}' }, /^POSTERN_SAML\.certificate: must be a certificate in PEM/],
    [{ POSTERN_SAML: '{otherPrivateKey: hunter2}' }, /^POSTERN_SAML\.otherPrivateKey: must be an RSA key in PEM/],
    [{ POSTERN_SAML: '{}' }, /^POSTERN_SAML\.privateKey: is required; .*_PRIVATE_KEY_FILE/],
    [{ POSTERN_SAML: '{privateKey: hunter2}' }, /^POSTERN_SAML\.privateKey: must be an RSA key in PEM/],
    [{ POSTERN_KEYCLOAK: LAB }, /^POSTERN_KEYCLOAK\.clientSecret: is required; .*_CLIENT_SECRET_FILE/],
    [{ POSTERN_OIDC: LAB }, /^POSTERN_OIDC\.clientSecret: is required/],
    [
      { POSTERN_KEYCLOAK: '{clientId: p, issuer: "https://a.example", clientSecret: 0123456789012345}' },
      /^POSTERN_KEYCLOAK\.clientSecret: must be text, and without quotes it is a number/,
    ],
    [{ POSTERN_LDAP: '{password: 0123}' }, /^POSTERN_LDAP\.password: must be text, and without quotes it is a number/],
    [
      { POSTERN_KEYCLOAK: '{groupNames: {/lab/staff: lab staff}}' },
      /^POSTERN_KEYCLOAK\.groupNames\.\/lab\/staff: must be the name of a group/,
    ],
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
    [
      { POSTERN_KEYCLOAK: '{usernameTransform: {pattern: "([^@]+)@.*"}}' },
      /^POSTERN_KEYCLOAK\.usernameTransform\.pattern: must have a group \(\?<username>…\)/,
    ],
    [{ POSTERN_LOCAL_ACCOUNTS: 'false' }, /^POSTERN_LOCAL_ACCOUNTS: .*no user could sign in/],
  ])('with a mistake are told about it: %j', (environment, sentence) => {
    const given = environment as Record<string, string>
    expect(problemsOf(given)).toContainEqual(expect.stringMatching(sentence))
  })

  it.each([
    { POSTERN_OIDC: 'hunter2' },
    { POSTERN_SAML: '{privateKey: hunter2}' },
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
