import { describe, expect, it } from '@jest/globals'
import { generateKeyPair } from 'jose'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { Visitor } from '../../support/clients/visitor.js'
import { type Answer, CLIENT_ID, signedWithPublicKey, unsigned } from '../../support/peers/provider-stand-in.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import { claiming, forged, postern, roundTrip, SECRET, standIn, startAt } from './support/stand-in-site.js'

const now = () => Math.floor(Date.now() / 1000)

describe('an ID token', () => {
  it('that is good signs in: the table below is about its one mistake each', async () => {
    const response = await roundTrip(
      new Visitor(postern),
      claiming(() => ({ preferred_username: 'alice', iat: now() + 20, azp: CLIENT_ID })),
    )
    expect(response.status).toBe(303)
    expect(String(response.headers['set-cookie'])).toContain('postern=gt-')
  })

  const MISTRUSTED = { code: 'provider_mistrusted', status: 502, says: 'response could not be verified' }
  const CLOCK = { code: 'provider_clock', status: 502, says: 'The clocks of this site and of Keycloak disagree' }

  it.each<[string, Answer, typeof MISTRUSTED, RegExp]>([
    ['of another issuer', claiming(() => ({ iss: 'https://evil.example' })), MISTRUSTED, /"iss"/],
    ['of an issuer that only looks alike', claiming(() => ({ iss: `${standIn.issuer}/` })), MISTRUSTED, /"iss"/],
    ['for another client', claiming(() => ({ aud: 'another' })), MISTRUSTED, /"aud"/],
    ['for several, us among them', claiming(() => ({ aud: [CLIENT_ID, 'another'] })), MISTRUSTED, /"aud"/],
    ['for us, but issued to another', claiming(() => ({ azp: 'another' })), MISTRUSTED, /azp/],
    ['of another sign-in', claiming(() => ({ nonce: 'AAAAAAAAAAAAAAAAAAAAAA' })), MISTRUSTED, /nonce/],
    ['without a nonce', forged(() => ({ without: ['nonce'] })), MISTRUSTED, /nonce/],
    ['without an end', forged(() => ({ without: ['exp'] })), MISTRUSTED, /exp/],
    ['without a subject', forged(() => ({ without: ['sub'] })), MISTRUSTED, /sub/],
    ['without a signature', { idToken: (nonce, self) => unsigned(self, nonce) }, MISTRUSTED, /alg/i],
    ['signed with the public key', { idToken: (nonce, self) => signedWithPublicKey(self, nonce) }, MISTRUSTED, /alg/i],
    [
      'signed by an attacker, in the name of the right key',
      forged(async () => ({ key: (await generateKeyPair('RS256')).privateKey })),
      MISTRUSTED,
      /signature/,
    ],
    [
      'signed with a key that the provider does not know',
      forged(async () => ({ key: (await generateKeyPair('RS256')).privateKey, kid: 'unheard-of' })),
      MISTRUSTED,
      /no applicable key/,
    ],
    ['that is none', { idToken: () => 'x.y.z' }, MISTRUSTED, /./],
    ['that has expired', claiming(() => ({ iat: now() - 900, exp: now() - 600 })), CLOCK, /exp/],
    ['that is not good yet', claiming(() => ({ nbf: now() + 600 })), CLOCK, /nbf/],
    ['from the future', claiming(() => ({ iat: now() + 600, exp: now() + 900 })), CLOCK, /ahead \(iat\)/],
  ])('%s does not sign a user in', async (_what, answer, expected, cause) => {
    const before = await traces(postern)
    const visitor = new Visitor(postern)
    const response = await roundTrip(visitor, answer)
    await expectNotSignedIn(postern, response, before, { ...expected, cause })
    expect(await findPersonRow(postern.context.postgres, 'mallory')).toBeUndefined()
    expect((await visitor.get('/auth/tokens')).headers.location).toContain('/login')
  })

  it('that is refused is in the log in no part, nor is the code, or the client’s secret', async () => {
    // The subjects of users who were signed in before are in the audit trail.
    const before = postern.logged().length
    await roundTrip(
      new Visitor(postern),
      claiming(() => ({ iss: 'https://evil.example', name: 'A Private Name' })),
    )
    for (const secret of ['eyJ', 'an-access-token', SECRET, 'A Private Name', 'evil.example', 'mallory-1'])
      expect(postern.logged().slice(before)).not.toContain(secret)
  })
})

describe('the token endpoint', () => {
  const json = (status: number, body: unknown): Answer => ({
    raw: (response) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body)),
  })

  it.each<[string, Answer, { code: string; status: number; says: string; cause: RegExp }]>([
    [
      'refuses the code',
      json(400, { error: 'invalid_grant', error_description: 'gone' }),
      { code: 'sign_in_lost', status: 403, says: 'started in another browser', cause: /it answers "invalid_grant"/ },
    ],
    [
      'refuses us',
      json(400, { error: 'invalid_client' }),
      { code: 'provider_failed', status: 502, says: 'Keycloak could not sign you in', cause: /"invalid_client"/ },
    ],
    [
      'answers with a word that would like to be in the log',
      json(400, { error: 'x\n{"level":30}' }),
      { code: 'provider_failed', status: 502, says: 'Keycloak could not sign you in', cause: /"something else"/ },
    ],
    [
      'leads elsewhere, where the secret would go along',
      { raw: (response) => response.writeHead(307, { Location: `${standIn.issuer}/token` }).end() },
      { code: 'provider_unreachable', status: 503, says: 'Keycloak cannot be reached', cause: /\(307\)/ },
    ],
    [
      'is out of order',
      { raw: (response) => response.writeHead(500, { 'Content-Type': 'text/html' }).end('<h1>hunter3</h1>') },
      { code: 'provider_unreachable', status: 503, says: 'Keycloak cannot be reached', cause: /\(500\)/ },
    ],
    [
      'breaks off',
      { raw: (response) => response.destroy() },
      { code: 'provider_unreachable', status: 503, says: 'Keycloak cannot be reached', cause: /no connection/ },
    ],
    [
      'never stops',
      json(200, { access_token: 'x'.repeat(2_000_000), token_type: 'Bearer' }),
      { code: 'provider_mistrusted', status: 502, says: 'could not be verified', cause: /parse/ },
    ],
    [
      'has no ID token',
      json(200, { access_token: 'x', token_type: 'Bearer' }),
      { code: 'provider_mistrusted', status: 502, says: 'could not be verified', cause: /id_token/ },
    ],
    [
      'hangs',
      { raw: () => undefined },
      { code: 'provider_timeout', status: 504, says: 'Keycloak did not respond in time', cause: /no answer in time/ },
    ],
  ])('that %s does not sign a user in', async (_what, answer, expected) => {
    const before = await traces(postern)
    await expectNotSignedIn(postern, await roundTrip(new Visitor(postern), answer), before, expected)
  })
})

describe('the metadata', () => {
  it.each<[string, () => Record<string, unknown>, RegExp]>([
    ['of another issuer', () => ({ issuer: 'https://evil.example' }), /issuer/],
    [
      'that leads to keys without TLS',
      () => ({ jwks_uri: 'http://192.0.2.1/jwks' }),
      /192\.0\.2\.1 would be asked without TLS/,
    ],
    ['that leads to tokens without TLS', () => ({ token_endpoint: 'http://192.0.2.1/token' }), /without TLS/],
    ['without keys', () => ({ jwks_uri: undefined }), /jwks_uri/],
    ['with keys nowhere', () => ({ jwks_uri: 'nowhere' }), /jwks_uri/],
    ['without a page to sign in', () => ({ authorization_endpoint: undefined }), /authorization_endpoint/],
  ])('%s does not sign a user in', async (_what, metadata, cause) => {
    standIn.metadata = metadata()
    const site = await startAt({})
    try {
      const before = await traces(site)
      const visitor = new Visitor(site)
      standIn.answer = forged(() => ({}))
      const departure = await visitor.get('/login')
      const { searchParams } = new URL(String(departure.headers.location), 'http://x')
      const response =
        departure.status === 303
          ? await visitor.get(`/login?code=${searchParams.get('nonce')}&state=${searchParams.get('state')}`)
          : departure
      const expected = { code: 'provider_mistrusted', status: 502, says: 'could not be verified', cause }
      await expectNotSignedIn(site, response, before, expected)
    } finally {
      standIn.metadata = {}
      await site.stop()
    }
  })

  it('that promises to name the issuer in every answer holds it to that (RFC 9207)', async () => {
    standIn.metadata = { authorization_response_iss_parameter_supported: true }
    const site = await startAt({})
    try {
      const answer = forged(() => ({}))
      const expected = { code: 'provider_mistrusted', status: 502, says: 'could not be verified', cause: /iss/ }
      for (const iss of ['', `&iss=${encodeURIComponent('https://evil.example')}`]) {
        const [before, asked] = [await traces(site), standIn.asked()]
        await expectNotSignedIn(site, await roundTrip(new Visitor(site), answer, iss), before, expected)
        // The code was not sent to any endpoint.
        expect(standIn.asked()).toBe(asked)
      }
      const right = await roundTrip(new Visitor(site), answer, `&iss=${encodeURIComponent(standIn.issuer)}`)
      expect(String(right.headers['set-cookie'])).toContain('postern=gt-')
    } finally {
      standIn.metadata = {}
      await site.stop()
    }
  })
})
