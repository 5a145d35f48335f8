import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../server/settings/load.js'
import { file, problemsOf } from './support/given.js'

const GITHUB = 'https://token.actions.githubusercontent.com'
const RULE = { claims: { repository_id: '123456' }, username: 'bot-survey', scopes: ['read:tap'] }
const ISSUER = { issuer: GITHUB, audience: 'https://data.example.org', rules: [RULE] }

const environment = (...issuers: unknown[]) => ({ POSTERN_TRUSTED_ISSUERS: JSON.stringify(issuers) })
const withRule = (rule: Readonly<Record<string, unknown>>) => environment({ ...ISSUER, rules: [{ ...RULE, ...rule }] })

describe('trustedIssuers', () => {
  it('takes the examples of the document', () => {
    const document = readFileSync('deploy/docs/programs/workload-identity.md', 'utf8')
    const examples = [...document.matchAll(/```yaml\n(trustedIssuers:.*?)```/gs)].map(([, text = '']) => text)
    expect(examples).toHaveLength(3)
    for (const example of examples) expect(problemsOf({ POSTERN_CONFIG: file('example.yaml', example) })).toEqual([])
  })

  it('is empty where it is not given', () => {
    expect(loadSettings({}).trustedIssuers).toEqual([])
  })

  it('has an hour for JWTs and tokens, and takes each JWT once, unless it says otherwise', () => {
    expect(loadSettings(environment(ISSUER)).trustedIssuers).toEqual([
      {
        issuer: GITHUB,
        audience: 'https://data.example.org',
        maxAge: 3600,
        singleUse: true,
        rules: [
          {
            claims: [{ path: ['repository_id'], values: ['123456'] }],
            username: 'bot-survey',
            scopes: ['read:tap'],
            adminScopes: [],
            lifetime: 3600,
          },
        ],
      },
    ])
  })

  it('is enough for the document that resourceMetadata leads to', () => {
    const given = { POSTERN_RESOURCE_METADATA: 'true' }
    expect(problemsOf(given).join()).toContain('needs oidcServer, deviceLogin, tokenExchange or trustedIssuers')
    expect(problemsOf({ ...given, ...environment(ISSUER) })).toEqual([])
  })

  it('takes claims within claims, and lists of values', () => {
    const claims = {
      'kubernetes.io': { namespace: 'survey', serviceaccount: { name: ['pipeline', 'nightly'] } },
      sub: 'system:serviceaccount:survey:pipeline',
    }
    const given = { ...ISSUER, issuer: 'http://127.0.0.1:8080', rules: [{ ...RULE, claims }] }
    const [kubernetes] = loadSettings(environment(given)).trustedIssuers
    expect(kubernetes?.rules[0]?.claims).toEqual([
      { path: ['kubernetes.io', 'namespace'], values: ['survey'] },
      { path: ['kubernetes.io', 'serviceaccount', 'name'], values: ['pipeline', 'nightly'] },
      { path: ['sub'], values: ['system:serviceaccount:survey:pipeline'] },
    ])
  })

  // biome-ignore format: a table reads in columns
  it.each<[string, Record<string, string>, RegExp]>([
    ['an issuer without TLS',          environment({ ...ISSUER, issuer: 'http://ci.example.org' }),      /\.0\.issuer: must be an https URL/],
    ['an issuer that is no URL',       environment({ ...ISSUER, issuer: 'kubernetes' }),                 /\.0\.issuer: must be an https URL/],
    ['keys without TLS',               environment({ ...ISSUER, jwksUri: 'http://ci.example.org/jwks' }), /\.0\.jwksUri: must be an https URL/],
    ['an issuer twice',                environment(ISSUER, ISSUER),                                      /\.1\.issuer: is there twice/],
    ['no audience',                    environment({ ...ISSUER, audience: undefined }),                  /\.0\.audience: is required/],
    ['the issuer as audience',         environment({ ...ISSUER, audience: GITHUB }),                     /\.0\.audience: must not be the issuer/],
    ['no rule',                        environment({ ...ISSUER, rules: [] }),                            /\.0\.rules: must be a list/],
    ['a misspelt field',               environment({ ...ISSUER, jwkUri: 'https://a.example' }),          /jwkUri: .* did you mean jwksUri\?/],
    ['a long age of JWTs',             environment({ ...ISSUER, maxAge: '2d' }),                         /\.0\.maxAge: must be from 1 minute to 1 day/],
    ['no claims',                      withRule({ claims: {} }),                                         /rules\.0\.claims: must have a claim that names one project/],
    ['a branch alone',                 withRule({ claims: { ref: 'refs/heads/main' } }),                 /rules\.0\.claims: must have a claim that names one project/],
    ['a name that changes hands',      withRule({ claims: { repository: 'observatory/survey' } }),       /names of projects and owners change hands/],
    ['a pattern',                      withRule({ claims: { ...RULE.claims, ref: 'refs/tags/v*' } }),    /claims\.ref: must have no \*/],
    ['a number without quotes',        withRule({ claims: { repository_id: 123456 } }),                  /claims\.repository_id: must be text in quotes/],
    ['an empty list',                  withRule({ claims: { repository_id: [] } }),                      /claims\.repository_id: must be text in quotes/],
    ['an empty text in a list',        withRule({ claims: { repository_id: ['1', ''] } }),               /claims\.repository_id: must be text in quotes/],
    ['an empty mapping',               withRule({ claims: { ...RULE.claims, a: {} } }),                  /claims\.a: must be text in quotes/],
    ['the claims of Kubernetes flat',  withRule({ claims: { ...RULE.claims, 'kubernetes.io/namespace': 'x' } }), /must be a mapping for claims within a claim/],
    ['the name of a person',           withRule({ username: 'ada' }),                                    /rules\.0\.username: must begin with bot-/],
    ['a name that no account has',     withRule({ username: 'bot-' }),                                   /rules\.0\.username: must begin with bot-/],
    ['no scope',                       withRule({ scopes: [] }),                                         /rules\.0\.scopes: must be a list/],
    ['an unknown scope',               withRule({ scopes: ['read:tapp'] }),                              /rules\.0\.scopes\.0: read:tapp is not in knownScopes/],
    ['an unknown one of administrators', withRule({ adminScopes: ['admin:tokn'] }),                      /rules\.0\.adminScopes\.0: admin:tokn is not in knownScopes/],
    ['a scope of administrators',      withRule({ scopes: ['admin:token'] }),                            /rules\.0\.scopes\.0: must be no scope of administrators: name it under adminScopes/],
    ['another one among those',        withRule({ adminScopes: ['read:tap'] }),                          /rules\.0\.adminScopes\.0: must be a scope of administrators/],
    ['a long lifetime',                withRule({ lifetime: '25h' }),                                    /rules\.0\.lifetime: must be from 5 minutes to 1 day/],
    ['a short lifetime',               withRule({ lifetime: '1m' }),                                     /rules\.0\.lifetime: must be from 5 minutes to 1 day/],
    ['no service',                     withRule({ services: [] }),                                       /rules\.0\.services: must be a list/],
  ])('refuses %s', (_what, given, sentence) => {
    expect(problemsOf(given).join('\n')).toMatch(sentence)
  })
})
