import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { Traveller } from '../../support/clients/traveller.js'
import { Visitor } from '../../support/clients/visitor.js'
import { CLIENT, startIdentityProvider } from '../../support/peers/identity-provider.js'
import { CLIENT_ID, type ProviderStandIn, signed, startProviderStandIn } from '../../support/peers/provider-stand-in.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'

const SITE = 'http://127.0.0.1:8080'

describe('UserInfo of a certified provider', () => {
  const startAt = (issuer: string) => startPostern({ settings: { keycloak: { ...CLIENT, issuer } } })

  async function signIn(site: RunningPostern) {
    const visitor = new Visitor(site)
    const { pathname, search } = await new Traveller().goThrough(await visitor.get('/login'), '1882')
    return visitor.get(`${pathname}${search}`)
  }

  it.each(['signed', 'encrypted'] as const)('that is %s is read, or named as the cause', async (userInfo) => {
    const institute = await startIdentityProvider({ redirectUris: [`${SITE}/login`], inIdToken: false, userInfo })
    institute.people.set('1882', { preferred_username: 'emmy', name: 'Emmy Noether', groups: ['users'] })
    const site = await startAt(institute.issuer)
    const before = await traces(site)
    const response = await signIn(site)
    if (userInfo === 'signed') {
      expect(response.status).toBe(303)
      expect((await findPersonRow(site.context.postgres, 'emmy'))?.name).toBe('Emmy Noether')
    } else {
      const expected = { code: 'provider_failed', status: 502, says: 'Keycloak could not sign you in' }
      await expectNotSignedIn(site, response, before, { ...expected, cause: /UserInfo is encrypted.*no key/ })
    }
    await site.stop()
    await institute.stop()
  })
})

describe('UserInfo as a JWT', () => {
  let standIn: ProviderStandIn
  let postern: RunningPostern

  beforeAll(async () => {
    standIn = await startProviderStandIn()
    standIn.metadata = { userinfo_endpoint: `${standIn.issuer}/userinfo` }
    const keycloak = { clientId: CLIENT_ID, clientSecret: 'a secret', issuer: standIn.issuer }
    postern = await startPostern({ settings: { keycloak } })
  })
  afterAll(async () => {
    await postern.stop()
    await standIn.stop()
  })

  /** Signs in with an ID token that has no groups. */
  async function signIn(userInfo: (response: ServerResponse) => unknown, claims: JWTPayload = {}) {
    standIn.userInfo = userInfo
    standIn.answer = {
      idToken: (nonce, self) => signed(self, nonce, { claims, without: claims.groups ? [] : ['groups'] }),
    }
    const visitor = new Visitor(postern)
    const { searchParams } = new URL(String((await visitor.get('/login')).headers.location))
    return visitor.get(`/login?code=${searchParams.get('nonce')}&state=${searchParams.get('state')}`)
  }

  const send = (response: ServerResponse, type: string, body: string) =>
    response.setHeader('Content-Type', type).end(body)
  const jwt = (claims: JWTPayload, key = standIn.privateKey) =>
    new SignJWT({ sub: 'mallory-1', groups: ['users'], ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: standIn.kid })
      .sign(key)

  it('that the provider signed for this site gives its claims', async () => {
    const claims = () => ({ iss: standIn.issuer, aud: [CLIENT_ID] })
    const response = await signIn(async (to) => send(to, 'application/jwt; charset=utf-8', await jwt(claims())))
    expect(response.status).toBe(303)
  })

  const MISTRUSTED = { code: 'provider_mistrusted', status: 502, says: 'could not be verified' }
  const UNREACHABLE = { code: 'provider_unreachable', status: 503, says: 'cannot be reached' }
  const otherKey = async () => (await generateKeyPair('RS256')).privateKey
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"mallory-1"}').toString('base64url')}.`

  it.each<[string, (to: ServerResponse) => unknown, typeof MISTRUSTED, RegExp]>([
    [
      'signed by an attacker',
      async (to) => send(to, 'application/jwt', await jwt({}, await otherKey())),
      MISTRUSTED,
      /signature/,
    ],
    ['not signed', (to) => send(to, 'application/jwt', unsigned), MISTRUSTED, /alg/i],
    [
      'of another issuer',
      async (to) => send(to, 'application/jwt', await jwt({ iss: 'https://evil.example' })),
      MISTRUSTED,
      /iss/,
    ],
    ['for another client', async (to) => send(to, 'application/jwt', await jwt({ aud: 'another' })), MISTRUSTED, /aud/],
    ['about another user', async (to) => send(to, 'application/jwt', await jwt({ sub: 'grace' })), MISTRUSTED, /sub/],
    ['about another user, as JSON', (to) => send(to, 'application/json', '{"sub":"grace"}'), MISTRUSTED, /sub/],
    ['without a user, as JSON', (to) => send(to, 'application/json', '{"groups":["users"]}'), MISTRUSTED, /sub/],
    ['that is no JSON', (to) => send(to, 'application/json', '<html>'), UNREACHABLE, /no JSON object/],
    ['that is an outage', (to) => to.writeHead(500).end(), UNREACHABLE, /status 500/],
  ])('%s signs no user in', async (_what, userInfo, expected, cause) => {
    const before = await traces(postern)
    await expectNotSignedIn(postern, await signIn(userInfo), before, { ...expected, cause })
  })

  it('that fails refuses no user who lacks the mark of an address alone, and verifies no address', async () => {
    const claims = { groups: ['users'], name: 'M', email: 'm@example.org' }
    expect((await signIn((to) => to.writeHead(500).end(), claims)).status).toBe(303)
    expect((await findPersonRow(postern.context.postgres, 'mallory'))?.emailVerified).toBeUndefined()
    expect(postern.logged()).toMatch(/"cause":"[^"]*status 500","msg":"UserInfo not available"/)
  })
})
