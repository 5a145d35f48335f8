import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { listSessions } from '../../../../server/storage/redis/sessions.js'
import { Visitor } from '../../../support/clients/visitor.js'
import { type SaidOfLogout, verifiedIn } from '../../../support/peers/saml-stand-in.js'
import { traces } from '../../../support/sign-in-refused.js'
import { named, type SamlSite, SITE, useSamlSite } from './support/site.js'

const site = useSamlSite()

const sessionsOf = (username: string) => listSessions(site().postern.context, username, site().postern.now())

/** The cause of a refusal, by the reference in its answer. */
function causeOf(text: string, reference: RegExp): string {
  const [, found = 'none'] = reference.exec(text) ?? []
  const lines = site().postern.logged().split('\n')
  return JSON.parse(lines.find((each) => each.includes(found)) ?? '{"cause":""}').cause
}

describe('signing out', () => {
  /** A request of the provider to sign a user out, as the browser brings it. */
  const signedOut = (said: SaidOfLogout) => {
    const query = site().idp.logoutRequest({ destination: `${SITE}/login/institute/logout`, ...said })
    return request(site().postern.server).get(`/login/institute/logout?${query}`)
  }

  it('ends the session at the provider, too, and the browser comes back to where the site says', async () => {
    const visitor = new Visitor(site().postern)
    await site().signIn(visitor, named('ingrid', { sessionIndex: '_s7' }))
    await visitor.get('/logout')
    const { headers } = await visitor.post('/logout')
    const [, onward = ''] = /url=(.*)/.exec(String(headers.refresh)) ?? []
    expect(onward).toMatch(/^https:\/\/idp\.example\.org\/idp\/slo\?SAMLRequest=.*&Signature=/)
    const { xml } = site().idp.read(onward)
    expect(xml).toMatch(/NameID Format="[^"]+persistent">id-of-ingrid<.*SessionIndex[^>]*>_s7</)
    expect(await sessionsOf('ingrid')).toEqual([])
    const back = await visitor.get('/login/institute/logout?SAMLResponse=x&RelayState=https://evil.example/')
    expect([back.status, back.headers.location]).toEqual([303, `${SITE}/bye`])
  })

  it('at the provider ends the session that came from its session, without a cookie, and no other', async () => {
    await site().signIn(new Visitor(site().postern), named('jane', { sessionIndex: '_one' }))
    const [first] = await sessionsOf('jane')
    await site().signIn(new Visitor(site().postern), named('jane', { sessionIndex: '_two' }))
    await site().signIn(new Visitor(site().postern), named('joan', { sessionIndex: '_one' }))
    const { status, headers } = await signedOut({ nameId: 'id-of-jane', sessionIndex: '_two' })
    expect([status, headers.location]).toEqual([303, expect.stringContaining(`${site().idp.logoutUrl}?SAMLResponse=`)])
    expect(headers.location).toContain('&RelayState=theirs')
    expect(await sessionsOf('jane')).toEqual([expect.objectContaining({ key: first?.key })])
    expect(await sessionsOf('joan')).toHaveLength(1)
    await signedOut({ nameId: 'id-of-jane' })
    expect(await sessionsOf('jane')).toEqual([])
  })

  it('at the provider ends the session of a user whose name is encrypted, for either key of the site', async () => {
    for (const keys of [site().keys, site().otherKeys]) {
      await site().signIn(new Visitor(site().postern), named('ruby'))
      const { status, headers } = await signedOut({ named: site().idp.encryptName('id-of-ruby', keys) })
      expect([status, headers.location]).toEqual([303, expect.stringContaining('?SAMLResponse=')])
      expect(await sessionsOf('ruby')).toEqual([])
    }
  })

  it.each<[string, (site: SamlSite) => SaidOfLogout, RegExp]>([
    ['without a signature', () => ({ signer: null }), /has no SigAlg/],
    ['signed by another key', ({ stranger }) => ({ signer: stranger }), /not signed by the provider/],
    ['signed with SHA-1', () => ({ hash: 'sha1' }), /not allowed \(SigAlg\)/],
    ['with a second request', () => ({ more: '&SAMLRequest=x' }), /SAMLRequest is there twice/],
    ['of an hour ago', () => ({ issued: -3600 }), /too old/],
    ['of another issuer', () => ({ issuer: 'https://other.example.org/idp' }), /not signed by the provider/],
    ['for another site', () => ({ destination: 'https://other.example.org/slo' }), /another address/],
  ])('at the provider ends no session with a request %s', async (_what, said, cause) => {
    await site().signIn(new Visitor(site().postern), named('kathe'))
    const before = await traces(site().postern)
    const { status, text } = await signedOut({ nameId: 'id-of-kathe', ...said(site()) })
    expect(status).toBeGreaterThanOrEqual(500)
    expect(causeOf(text, /Reference: <code>([0-9a-f]{12})</)).toMatch(cause)
    expect(await traces(site().postern)).toEqual(before)
  })
})

describe('signing out by SOAP', () => {
  const ADDRESS = `${SITE}/login/institute/logout`

  const send = (envelope: string) =>
    request(site().postern.server).post('/login/institute/logout').type('text/xml').send(envelope)

  it('ends the session that came from the provider’s session, and no other; the answer is signed', async () => {
    const { postern, idp, keys } = site()
    await site().signIn(new Visitor(postern), named('dorothy', { sessionIndex: '_three' }))
    const [first] = await sessionsOf('dorothy')
    await site().signIn(new Visitor(postern), named('dorothy', { sessionIndex: '_four' }))
    const envelope = idp.soapLogout({ nameId: 'id-of-dorothy', sessionIndex: '_four', destination: ADDRESS })
    const { status, headers, text } = await send(envelope)
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/xml; charset=utf-8',
      'no-store',
    ])
    expect(await sessionsOf('dorothy')).toEqual([expect.objectContaining({ key: first?.key })])
    const answer = await verifiedIn(text, 'LogoutResponse', keys)
    const [, id] = / ID="(_l[^"]+)"/.exec(envelope) ?? []
    expect(answer).toContain(`InResponseTo="${id}"`)
    expect(answer).toMatch(/<saml:Issuer[^>]*>http:[^<]+\/login\/institute\/metadata<.*:status:Success"/)
  })

  const right = { nameId: 'id-of-cynthia', destination: ADDRESS }
  it.each<[string, (site: SamlSite) => string, RegExp]>([
    ['without a signature', ({ idp }) => idp.soapLogout({ ...right, signer: null }), /not signed by the provider/],
    ['signed by another key', ({ idp, stranger }) => idp.soapLogout({ ...right, signer: stranger }), /not signed by/],
    ['signed with SHA-1', ({ idp }) => idp.soapLogout({ ...right, hash: 'sha1' }), /not allowed \(SignatureMethod\)/],
    [
      'altered after it was signed',
      ({ idp }) => idp.soapLogout({ ...right, nameId: 'x' }).replace('>x<', '>id-of-cynthia<'),
      /not signed by/,
    ],
    ['of an hour ago', ({ idp }) => idp.soapLogout({ ...right, issued: -3600 }), /too old/],
    [
      'of another issuer',
      ({ idp }) => idp.soapLogout({ ...right, issuer: 'https://other.example.org/idp' }),
      /another issuer/,
    ],
    [
      'for another site',
      ({ idp }) => idp.soapLogout({ ...right, destination: 'https://other.example.org/slo' }),
      /another address/,
    ],
    ['beside a second one', ({ idp }) => idp.soapLogout(right, (signed) => signed.repeat(2)), /not one LogoutRequest/],
    [
      'around the signed one',
      ({ idp }) =>
        idp.soapLogout({ ...right, nameId: 'x' }, (signed) => {
          const [signature = ''] = /<Signature .*<\/Signature>/s.exec(signed) ?? []
          const around = signed
            .replace(signature, '')
            .replace('>x<', '>id-of-cynthia<')
            .replace(/ ID="[^"]+"/, ' ID="_x"')
          return around.replace(
            '</saml:Issuer>',
            `</saml:Issuer>${signature.replace('</Signature>', `<Object>${signed.replace(signature, '')}</Object></Signature>`)}`,
          )
        }),
      /not signed by/,
    ],
    ['with a document type', ({ idp }) => `<!DOCTYPE x>${idp.soapLogout(right)}`, /document type/],
    ['that is no XML', () => 'x', /no XML/],
    ['in no envelope', ({ idp }) => idp.soapLogout(right).replaceAll('S:Body', 'S:Header'), /not one LogoutRequest/],
  ])('ends no session with a request %s', async (_what, envelopeOf, cause) => {
    await site().signIn(new Visitor(site().postern), named('cynthia'))
    const before = await traces(site().postern)
    const { status, text } = await send(envelopeOf(site()))
    expect([status, text]).toEqual([400, expect.stringContaining('<S:Fault><faultcode>S:Client</faultcode>')])
    expect(causeOf(text, /Reference: ([0-9a-f]{12})</)).toMatch(cause)
    expect(await traces(site().postern)).toEqual(before)
  })

  it('ends no session with a request in a form', async () => {
    await site().signIn(new Visitor(site().postern), named('cynthia'))
    const before = await traces(site().postern)
    const form = { SAMLRequest: Buffer.from(site().idp.soapLogout(right)).toString('base64') }
    const { status } = await request(site().postern.server).post('/login/institute/logout').type('form').send(form)
    expect(status).toBe(400)
    expect(await traces(site().postern)).toEqual(before)
  })
})
