import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { readIdpMetadata } from '../../../server/login/providers/saml/idp-metadata.js'
import { findNameHolder } from '../../../server/storage/postgres/identity/name-holder.js'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { bodyOf, makeKeys, type Said, type SaidOfLogout, type SamlStandIn } from '../../support/peers/saml-stand-in.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import { FORGERIES } from './support/saml-forgeries.js'
import { CALLBACK, encode, HERE, MFA, partiesOf, type SamlSite, SITE, startSamlSite } from './support/saml-site.js'

const TOKENS = `${SITE}/auth/tokens`
const LOST = { code: 'sign_in_lost', status: 403, says: 'not begun in this browser' }
const MISTRUSTED = { code: 'provider_mistrusted', status: 502, says: 'could not be verified' }
const EPPN = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6'

let site: SamlSite

beforeAll(async () => {
  site = await startSamlSite()
})
afterAll(async () => {
  await site.postern.stop()
  await site.idp.stop()
})

const sessionsOf = (username: string) => listSessions(site.postern.context, username, site.postern.now())
const personOf = (username: string) => findPersonRow(site.postern.context.postgres, username)
const holderOf = (username: string) => findNameHolder(site.postern.context.postgres.prisma, username)
/** A user of whom the provider says no more than who they are and that they are a user. */
const named = (username: string, said: Said = {}): Said => ({
  nameId: `id-of-${username}`,
  attributes: { [EPPN]: [`${username}@example.org`], 'urn:oid:1.3.6.1.4.1.5923.1.5.1.1': ['users'] },
  ...said,
})

async function signIn(visitor: Visitor, said: Said) {
  const asked = await site.depart(visitor)
  return site.bring(visitor, { SAMLResponse: site.respond(asked, said), RelayState: asked.relayState })
}

describe('a SAML response signs no user in', () => {
  it.each(Object.entries(FORGERIES))('%s', async (_what, forgery) => {
    const { forge, cause, at = 'institute', ...rest } = forgery
    const visitor = new Visitor(site.postern)
    const asked = await site.depart(visitor, at)
    const before = await traces(site.postern)
    const form = { SAMLResponse: forge(site, asked), RelayState: asked.relayState }
    const response = await site.bring(visitor, form, { callback: `/login/${at}/callback` })
    await expectNotSignedIn(site.postern, response, before, { ...MISTRUSTED, cause, ...rest })
    for (const name of ['ada', 'eve']) expect(await personOf(name)).toBeUndefined()
  })

  it('to a request of another browser, whose user would be signed in as the attacker', async () => {
    const [attacker, victim] = [new Visitor(site.postern), new Visitor(site.postern)]
    const [mine, theirs] = [await site.depart(attacker), await site.depart(victim)]
    const before = await traces(site.postern)
    for (const RelayState of [mine.relayState, theirs.relayState, '', 'x']) {
      const response = await site.bring(victim, { SAMLResponse: site.respond(mine), RelayState })
      await expectNotSignedIn(site.postern, response, before, { ...LOST, cause: /./ })
    }
  })

  it('that is sent again with the cookies of its sign-in, here or to another process', async () => {
    const visitor = new Visitor(site.postern)
    const asked = await site.depart(visitor)
    const cookies = visitor.agent.jar.getCookies(HERE).map(({ name, value }) => `${name}=${value}; Path=/`)
    const form = { SAMLResponse: site.respond(asked, named('replayed')), RelayState: asked.relayState }
    expect((await site.bring(visitor, form)).headers.location).toBe(TOKENS)
    const another = await site.another()
    try {
      const before = await traces(site.postern)
      expect((await site.bring(visitor, form)).headers['set-cookie']).toBeUndefined()
      expect(await traces(site.postern)).toEqual(before)
      for (const at of [site.postern, another]) {
        const thief = new Visitor(at)
        thief.agent.jar.setCookies(cookies, HERE.domain, '/')
        const response = await site.bring(thief, form, { at })
        await expectNotSignedIn(at, response, before, { ...MISTRUSTED, cause: /used before/ })
      }
    } finally {
      await another.stop()
    }
  })
})

describe('a user of a SAML provider', () => {
  it('is signed in with the attributes under their formal names, and goes on to where they wanted to go', async () => {
    const visitor = new Visitor(site.postern)
    const asked = site.idp.read(
      String((await visitor.get(`/login/institute?rd=${SITE}/auth/account`)).headers.location),
    )
    expect(asked.xml).toContain(`AssertionConsumerServiceURL="${SITE}/login/institute/callback"`)
    const form = { SAMLResponse: site.respond(asked), RelayState: asked.relayState }
    expect((await site.bring(visitor, form)).headers.location).toBe(`${SITE}/auth/account`)
    expect(await personOf('ada')).toMatchObject({ name: 'Ada Lovelace', email: 'ada@example.org' })
    const identity = { issuer: site.idp.entityId, subject: 'b7f2' }
    expect(await holderOf('ada')).toEqual({ is: 'person', provider: 'institute', identity })
    const { text } = await visitor.get('/auth/account')
    for (const each of ['users', 'astro']) expect(text).toContain(each)
  })

  it('is signed in where the response alone is signed, by a named attribute and FriendlyName, if the site says so', async () => {
    const visitor = new Visitor(site.postern)
    const asked = await site.depart(visitor, 'plain')
    const attributes = {
      'Name="urn:x" FriendlyName="uid"': ['hypatia'],
      'urn:oasis:names:tc:SAML:attribute:subject-id': ['h1@example.org'],
      isMemberOf: ['users'],
    }
    const said = { attributes, nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }
    const xml = site.idp.sign(site.idp.response(site.idp.assertion(asked, partiesOf('plain'), said)))
    const form = { SAMLResponse: encode(xml), RelayState: asked.relayState }
    expect((await site.bring(visitor, form, { callback: '/login/plain/callback' })).headers.location).toBe(TOKENS)
    expect(await holderOf('hypatia')).toMatchObject({ identity: { subject: 'h1@example.org' } })
  })

  it('is signed in with an assertion for either key of the site, and administers the site with a second factor alone', async () => {
    const attributes = { [EPPN]: ['sophie@example.org'], 'urn:oid:1.3.6.1.4.1.5923.1.5.1.1': ['users', 'admins'] }
    const isAdministrator: boolean[] = []
    for (const [contextClass, keys] of [[undefined, site.keys] as const, [MFA, site.otherKeys] as const]) {
      const visitor = new Visitor(site.postern)
      const asked = await site.depart(visitor, 'sealed')
      expect(asked.xml).toMatch(new RegExp(`<samlp:RequestedAuthnContext .*>${MFA}<.*:PasswordProtectedTransport<`))
      const qualified = ` NameQualifier="${site.idp.entityId}" SPNameQualifier="${partiesOf('sealed').entityId}"`
      const said = named('sophie', { attributes, nameIdMore: qualified, ...(contextClass && { contextClass }) })
      const signed = site.idp.sign(site.idp.assertion(asked, partiesOf('sealed'), said))
      const SAMLResponse = encode(site.idp.response(site.idp.encrypt(signed, keys)))
      const form = { SAMLResponse, RelayState: asked.relayState }
      expect((await site.bring(visitor, form, { callback: '/login/sealed/callback' })).headers.location).toBe(TOKENS)
      const [session] = (await sessionsOf('sophie')).sort((one, other) => other.created - one.created)
      isAdministrator.push(session?.scopes.some((scope) => scope.startsWith('admin:')) ?? false)
      site.postern.advance(5)
    }
    expect(isAdministrator).toEqual([false, true])
  })

  it('is who the whole NameID says: a comment within it cuts nothing off', async () => {
    const visitor = new Visitor(site.postern)
    const asked = await site.depart(visitor)
    const signed = Buffer.from(site.respond(asked, named('caroline', { nameId: 'b7f2.evil' })), 'base64').toString()
    const form = { SAMLResponse: encode(signed.replace('b7f2.evil', 'b7f2<!---->.evil')), RelayState: asked.relayState }
    expect((await site.bring(visitor, form)).headers.location).toBe(TOKENS)
    expect(await holderOf('caroline')).toMatchObject({ identity: { subject: 'b7f2.evil' } })
  })

  it('is signed in by a form that a browser sends with its cookies, from a host beside the site’s', async () => {
    const visitor = new Visitor(site.postern)
    const asked = await site.depart(visitor)
    const taken = await visitor.agent
      .post('/login/institute/callback')
      .set({ Origin: 'http://idp.example.org', 'Sec-Fetch-Site': 'same-site' })
      .type('form')
      .send({ SAMLResponse: site.respond(asked, named('mary')), RelayState: asked.relayState })
    const { pathname, search } = new URL(String(taken.headers.location))
    expect(await sessionsOf('mary')).toEqual([])
    expect((await visitor.get(`${pathname}${search}`)).headers.location).toBe(TOKENS)
    expect(await sessionsOf('mary')).toHaveLength(1)
  })

  it('is told that Redis is away, and the same response signs them in when it is back', async () => {
    const { postern } = site
    const visitor = new Visitor(postern)
    const asked = await site.depart(visitor)
    const form = { SAMLResponse: site.respond(asked, named('annie')), RelayState: asked.relayState }
    postern.context.redis.disconnect()
    try {
      const { status, text } = await request(postern.server).post(CALLBACK).type('form').send(form)
      expect([status, text]).toEqual([503, expect.stringContaining('Not available at the moment')])
      expect(await personOf('annie')).toBeUndefined()
    } finally {
      await postern.context.redis.connect()
    }
    expect((await site.bring(visitor, form)).headers.location).toBe(TOKENS)
  })

  it('is another user than the one whose name they bring', async () => {
    await signIn(new Visitor(site.postern), named('emmy'))
    const response = await signIn(new Visitor(site.postern), named('emmy', { nameId: 'another' }))
    const expected = { code: 'name_taken', status: 403, says: 'belongs to another user', cause: /emmy/ }
    expect(await sessionsOf('emmy')).toHaveLength(1)
    // The assertion was used, and is marked as that.
    await expectNotSignedIn(site.postern, response, await traces(site.postern), expected)
  })

  it('proves anew who they are when they sign in again: a session of the provider will not do', async () => {
    const visitor = new Visitor(site.postern)
    await signIn(visitor, named('lise'))
    const again = async (authenticated: number) => {
      const departure = await visitor.get('/auth/reauthenticate/provider')
      const asked = site.idp.read(String(departure.headers.location))
      expect(asked.xml).toContain('ForceAuthn="true"')
      const SAMLResponse = site.respond(asked, named('lise', { authenticated }))
      return site.bring(visitor, { SAMLResponse, RelayState: asked.relayState })
    }
    const [session] = await sessionsOf('lise')
    const refused = await again(-600)
    expect([refused.status, refused.text]).toEqual([502, expect.stringContaining('You have not signed in again')])
    expect(await sessionsOf('lise')).toEqual([expect.objectContaining({ key: session?.key })])
    expect((await again(0)).headers.location).toBe(TOKENS)
    expect(await sessionsOf('lise')).toEqual([expect.not.objectContaining({ key: session?.key })])
  })
})

describe('signing out', () => {
  /** A request of the provider to sign a user out, as the browser brings it. */
  const signedOut = (said: SaidOfLogout) => {
    const query = site.idp.logoutRequest({ destination: `${SITE}/login/institute/logout`, ...said })
    return request(site.postern.server).get(`/login/institute/logout?${query}`)
  }

  it('ends the session at the provider, too, and the browser comes back to where the site says', async () => {
    const visitor = new Visitor(site.postern)
    await signIn(visitor, named('ingrid', { sessionIndex: '_s7' }))
    await visitor.get('/logout')
    const { headers } = await visitor.post('/logout')
    const [, onward = ''] = /url=(.*)/.exec(String(headers.refresh)) ?? []
    expect(onward).toMatch(/^https:\/\/idp\.example\.org\/idp\/slo\?SAMLRequest=.*&Signature=/)
    const { xml } = site.idp.read(onward)
    expect(xml).toMatch(/NameID Format="[^"]+persistent">id-of-ingrid<.*SessionIndex[^>]*>_s7</)
    expect(await sessionsOf('ingrid')).toEqual([])
    const back = await visitor.get('/login/institute/logout?SAMLResponse=x&RelayState=https://evil.example/')
    expect([back.status, back.headers.location]).toEqual([303, `${SITE}/bye`])
  })

  it('at the provider ends the session that came from its session, without a cookie, and no other', async () => {
    await signIn(new Visitor(site.postern), named('jane', { sessionIndex: '_one' }))
    const [first] = await sessionsOf('jane')
    await signIn(new Visitor(site.postern), named('jane', { sessionIndex: '_two' }))
    await signIn(new Visitor(site.postern), named('joan', { sessionIndex: '_one' }))
    const { status, headers } = await signedOut({ nameId: 'id-of-jane', sessionIndex: '_two' })
    expect([status, headers.location]).toEqual([303, expect.stringContaining(`${site.idp.logoutUrl}?SAMLResponse=`)])
    expect(headers.location).toContain('&RelayState=theirs')
    expect(await sessionsOf('jane')).toEqual([expect.objectContaining({ key: first?.key })])
    expect(await sessionsOf('joan')).toHaveLength(1)
    await signedOut({ nameId: 'id-of-jane' })
    expect(await sessionsOf('jane')).toEqual([])
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
    await signIn(new Visitor(site.postern), named('kathe'))
    const before = await traces(site.postern)
    const { status, text } = await signedOut({ nameId: 'id-of-kathe', ...said(site) })
    expect(status).toBeGreaterThanOrEqual(500)
    const [, reference = 'none'] = /Reference: <code>([0-9a-f]{12})</.exec(text) ?? []
    const lines = site.postern.logged().split('\n')
    expect(JSON.parse(lines.find((each) => each.includes(reference)) ?? '{}').cause).toMatch(cause)
    expect(await traces(site.postern)).toEqual(before)
  })
})

describe('the metadata', () => {
  it('of the site name its addresses, its key for both uses, and that assertions are to be signed', async () => {
    const { status, headers, text } = await request(site.postern.server).get('/login/institute/metadata')
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('application/samlmetadata+xml')])
    expect(text).toContain(`entityID="${SITE}/login/institute/metadata"`)
    expect(text).toContain('WantAssertionsSigned="true"')
    expect(text).toMatch(/SingleLogoutService Binding="[^"]+HTTP-Redirect" Location="[^"]+\/login\/institute\/logout"/)
    expect(text).toMatch(/AssertionConsumerService [^>]*HTTP-POST" Location="[^"]+\/login\/institute\/callback"/)
    expect(text.match(/<KeyDescriptor use="(signing|encryption)"/g)).toHaveLength(4)
    for (const each of [site.keys, site.otherKeys]) expect(text.replace(/\s/g, '').split(bodyOf(each))).toHaveLength(3)
    expect(text).not.toContain('cbc')
  })

  const read = (text: string, settings = {}) => readIdpMetadata(text, settings, site.postern.now())

  it('of the provider are read where the federation signed them, and only those', async () => {
    const { idp, stranger } = site
    const metadataCertificate = stranger.certificate
    const signed = idp.sign(idp.describe(), stranger)
    expect(await read(signed, { metadataCertificate })).toMatchObject({ entityId: idp.entityId })
    const evil = signed.replace(idp.signOnUrl, 'https://evil.example/sso')
    for (const each of [idp.describe(), idp.sign(idp.describe()), evil])
      await expect(read(each, { metadataCertificate })).rejects.toThrow(/not signed by metadataCertificate/)
    const weak = idp.sign(idp.describe(), { ...stranger, hash: 'sha1' })
    await expect(read(weak, { metadataCertificate })).rejects.toThrow(/not allowed/)
  })

  it('of a federation need the name of the provider', async () => {
    const { idp } = site
    const other = idp.describe().replace(idp.entityId, 'https://other.example.org/idp')
    const federation = `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${other}${idp.describe()}</EntitiesDescriptor>`
    await expect(read(federation)).rejects.toThrow(/several entities/)
    expect(await read(federation, { idpEntityId: idp.entityId })).toMatchObject({ entityId: idp.entityId })
    await expect(read(federation, { idpEntityId: 'https://third.example.org' })).rejects.toThrow(/do not have/)
  })

  it.each([
    ['have expired', (idp: SamlStandIn) => idp.describe([idp.keys], ' validUntil="2020-01-01T00:00:00Z"'), /expired/],
    ['have no readable end', (idp: SamlStandIn) => idp.describe([idp.keys], ' validUntil="soon"'), /expired/],
    ['have no key', (idp: SamlStandIn) => idp.describe([]), /no certificate/],
    [
      'send browsers to a script',
      (idp: SamlStandIn) => idp.describe().replace(idp.signOnUrl, 'javascript:1'),
      /no URL/,
    ],
    ['have a document type', (idp: SamlStandIn) => `<!DOCTYPE x>${idp.describe()}`, /document type/],
  ])('of the provider are refused where they %s', async (_what, describeIdp, message) => {
    await expect(read(describeIdp(site.idp))).rejects.toThrow(message)
  })

  it('of the provider are read again in the background, so that it can change its key', async () => {
    const next = await makeKeys('next')
    await writeFile(site.idp.metadata, site.idp.describe([site.idp.keys, next]))
    site.postern.advance(3600)
    await site.depart(new Visitor(site.postern))
    await eventually(async () => {
      const visitor = new Visitor(site.postern)
      const asked = await site.depart(visitor)
      const form = { SAMLResponse: site.respond(asked, named('rosalind'), next), RelayState: asked.relayState }
      expect((await site.bring(visitor, form)).headers.location).toBe(TOKENS)
    })
  })

  it('of the provider that cannot be read again are used for seven days, and then no user is sent there', async () => {
    const { postern, idp } = site
    await writeFile(idp.metadata, '<nothing/>')
    postern.advance(3600)
    const visitor = new Visitor(postern)
    await site.depart(visitor)
    await eventually(async () => expect(postern.logged()).toContain('SAML metadata not refreshed'))
    await site.depart(visitor)
    postern.advance(7 * 86_400)
    const before = await traces(postern)
    const response = await visitor.get('/login/institute')
    await expectNotSignedIn(postern, response, before, { ...MISTRUSTED, cause: /do not have the provider/ })
    await writeFile(idp.metadata, idp.describe())
    await site.depart(visitor)
  })
})

describe('a SAML provider of a site whose base URL has a path', () => {
  it('signs users in below it, with a form that comes with a cookie of the site, too', async () => {
    const below = await startSamlSite({}, '/postern')
    const visitor = new Visitor(below.postern)
    const asked = await below.depart(visitor)
    const form = { SAMLResponse: below.respond(asked), RelayState: asked.relayState }
    expect((await below.bring(visitor, form)).headers.location).toBe(`${SITE}/postern/auth/tokens`)
    // Of a browser that adds cookies to the forms of other sites.
    const taken = await request(below.postern.server)
      .post('/postern/login/institute/callback')
      .set({ Host: '127.0.0.1:8080', 'Sec-Fetch-Site': 'cross-site', Cookie: 'postern-led=1' })
      .type('form')
      .send(form)
    expect([taken.status, new URL(String(taken.headers.location)).pathname]).toEqual([
      303,
      '/postern/login/institute/callback',
    ])
    const { text } = await visitor.get('/postern/login/institute/metadata')
    expect(text).toContain(`Location="${SITE}/postern/login/institute/callback"`)
    await below.postern.stop()
  })
})
