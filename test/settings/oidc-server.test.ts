import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { loadSettings } from '../../server/settings/load.js'
import { file, problemsOf } from './support/given.js'

const pem = (bits: number) =>
  generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const [NEW, OLD] = [pem(2048), pem(2048)]
const ON = { POSTERN_OIDC_SERVER: '{enabled: true}' }
const CLIENTS = [{ id: 'chronograf', secret: 'kept', return_uri: 'https://chronograf.example.org/oauth' }]

describe('oidcServer', () => {
  it('is off and needs nothing where it is not given', () => {
    expect(loadSettings({}).oidcServer).toEqual({ enabled: false, dataRightsMapping: {}, clientSuffix: '' })
  })

  it('takes one key or several, the first of which signs, from a variable or a file', () => {
    const one = loadSettings({ ...ON, POSTERN_OIDC_SERVER_KEY: NEW }).oidcServer.key
    expect(one?.map((each) => each.reveal().trim())).toEqual([NEW.trim()])
    const both = loadSettings({ ...ON, POSTERN_OIDC_SERVER_KEY_FILE: file('keys.pem', `${NEW}\n${OLD}`) }).oidcServer
      .key
    expect(both?.map((each) => each.reveal().trim())).toEqual([NEW.trim(), OLD.trim()])
  })

  it('takes Gafaelfawr’s list of clients', () => {
    const { clients } = loadSettings({ ...ON, POSTERN_OIDC_SERVER_CLIENTS: JSON.stringify(CLIENTS) }).oidcServer
    expect(clients?.map(({ id, secret, redirectUri }) => [id, secret.reveal(), redirectUri])).toEqual([
      ['chronograf', 'kept', 'https://chronograf.example.org/oauth'],
    ])
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['a key that is none', { POSTERN_OIDC_SERVER_KEY: 'kept' }, /RSA private keys in PEM/],
    ['a short key', { POSTERN_OIDC_SERVER_KEY: pem(1024) }, /at least 2048 bits/],
    ['one key and its half', { POSTERN_OIDC_SERVER_KEY: NEW + OLD.slice(0, 300) + OLD.slice(400) }, /PEM/],
    ['clients that are no JSON', { POSTERN_OIDC_SERVER_CLIENTS: 'kept' }, /must be JSON/],
    ['clients without an address', { POSTERN_OIDC_SERVER_CLIENTS: '[{"id":"a","secret":"kept"}]' }, /must be JSON/],
    ['an issuer that is no URL', { POSTERN_OIDC_SERVER: '{issuer: kept}' }, /https URL with no query/],
    ['an issuer with a query', { POSTERN_OIDC_SERVER: '{issuer: "https://a.example/?kept"}' }, /no query/],
    [
      'fewer names than keys',
      { POSTERN_OIDC_SERVER: '{keyId: a}', POSTERN_OIDC_SERVER_KEY: NEW + OLD },
      /name each key/,
    ],
    ['a key without the section', { POSTERN_OIDC_SERVER_KEY: NEW }, /no section/],
  ])('refuses %s, and quotes no secret', (what, environment, sentence) => {
    const given = what.includes('without the section') ? environment : { ...ON, ...environment }
    const problems = problemsOf(given)
    expect(problems.join('\n')).toMatch(sentence)
    expect(problems.join('\n')).not.toMatch(/kept|BEGIN/)
  })
})
