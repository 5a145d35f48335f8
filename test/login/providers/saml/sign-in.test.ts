import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { findNameHolder } from '../../../../server/storage/postgres/identity/name-holder.js'
import { findPersonRow } from '../../../../server/storage/postgres/people.js'
import { listSessions } from '../../../../server/storage/redis/sessions.js'
import { Visitor } from '../../../support/clients/visitor.js'
import { expectNotSignedIn, traces } from '../../../support/sign-in-refused.js'
import { hangUp } from '../../../support/stores/hang-up.js'
import { CALLBACK, encode, MFA, named, partiesOf, SITE, startSamlSite, useSamlSite } from './support/site.js'

const TOKENS = `${SITE}/auth/tokens`

const site = useSamlSite()

const sessionsOf = (username: string) => listSessions(site().postern.context, username, site().postern.now())
const personOf = (username: string) => findPersonRow(site().postern.context.postgres, username)
const holderOf = (username: string) => findNameHolder(site().postern.context.postgres.prisma, username)

describe('a user of a SAML provider', () => {
  it('is signed in with the attributes under their formal names, and goes on to where they wanted to go', async () => {
    const visitor = new Visitor(site().postern)
    const asked = site().idp.read(
      String((await visitor.get(`/login/institute?rd=${SITE}/auth/account`)).headers.location),
    )
    expect(asked.xml).toContain(`AssertionConsumerServiceURL="${SITE}/login/institute/callback"`)
    const form = { SAMLResponse: site().respond(asked), RelayState: asked.relayState }
    expect((await site().bring(visitor, form)).headers.location).toBe(`${SITE}/auth/account`)
    expect(await personOf('ada')).toMatchObject({ name: 'Ada Lovelace', email: 'ada@example.org' })
    const identity = { issuer: site().idp.entityId, subject: 'b7f2' }
    expect(await holderOf('ada')).toEqual({ is: 'person', provider: 'institute', identity })
    const { text } = await visitor.get('/auth/account')
    for (const each of ['users', 'astro']) expect(text).toContain(each)
  })

  it('is signed in where the response alone is signed, by a named attribute and FriendlyName, if the site says so', async () => {
    const visitor = new Visitor(site().postern)
    const asked = await site().depart(visitor, 'plain')
    const attributes = {
      'Name="urn:x" FriendlyName="uid"': ['hypatia'],
      'urn:oasis:names:tc:SAML:attribute:subject-id': ['h1@example.org'],
      isMemberOf: ['users'],
    }
    const said = { attributes, nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }
    const xml = site().idp.sign(site().idp.response(site().idp.assertion(asked, partiesOf('plain'), said)))
    const form = { SAMLResponse: encode(xml), RelayState: asked.relayState }
    expect((await site().bring(visitor, form, { callback: '/login/plain/callback' })).headers.location).toBe(TOKENS)
    expect(await holderOf('hypatia')).toMatchObject({ identity: { subject: 'h1@example.org' } })
  })

  it('is signed in with an assertion for either key of the site, and administers the site with a second factor alone', async () => {
    const isAdministrator: boolean[] = []
    for (const [contextClass, keys] of [[undefined, site().keys] as const, [MFA, site().otherKeys] as const]) {
      const visitor = new Visitor(site().postern)
      const asked = await site().depart(visitor, 'sealed')
      expect(asked.xml).toMatch(new RegExp(`<samlp:RequestedAuthnContext .*>${MFA}<.*:PasswordProtectedTransport<`))
      const qualified = ` NameQualifier="${site().idp.entityId}" SPNameQualifier="${partiesOf('sealed').entityId}"`
      const said = named('sophie', { nameIdMore: qualified, ...(contextClass && { contextClass }) }, [
        'users',
        'admins',
      ])
      const signed = site().idp.sign(site().idp.assertion(asked, partiesOf('sealed'), said))
      const SAMLResponse = encode(site().idp.response(site().idp.encrypt(signed, keys)))
      const form = { SAMLResponse, RelayState: asked.relayState }
      expect((await site().bring(visitor, form, { callback: '/login/sealed/callback' })).headers.location).toBe(TOKENS)
      const [session] = (await sessionsOf('sophie')).sort((one, other) => other.created - one.created)
      isAdministrator.push(session?.scopes.some((scope) => scope.startsWith('admin:')) ?? false)
      site().postern.advance(5)
    }
    expect(isAdministrator).toEqual([false, true])
  })

  it('is who an encrypted NameID says, for either key of the site; with CBC the assertion’s own signature will do', async () => {
    for (const [username, keys, isOld] of [
      ['vera', site().keys, false] as const,
      ['cecilia', site().otherKeys, true] as const,
    ]) {
      const said = named(username, { named: site().idp.encryptName(`veiled-${username}`, keys, isOld) })
      expect((await site().signIn(new Visitor(site().postern), said)).headers.location).toBe(TOKENS)
      expect(await holderOf(username)).toMatchObject({ identity: { subject: `veiled-${username}` } })
    }
  })

  it('goes on by a form, with the button of a page or by script, where the provider takes no redirect', async () => {
    const { idp, keys } = site()
    await writeFile(idp.metadata, idp.describe().replace(/<SingleSignOnService [^>]*HTTP-Redirect[^>]*>/, ''))
    const formal = await site().another()
    try {
      const visitor = new Visitor(formal)
      const { status, headers, text } = await visitor.get(`/login/institute?rd=${SITE}/auth/account`)
      expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
      expect(text).toContain(`<form method="post" action="${idp.postUrl}"`)
      expect(text).toMatch(/<script type="module" src="[^"]+onward\.[^"]+\.js">/)
      expect(headers['content-security-policy']).toMatch(/form-action https: 'self'/)
      expect((await visitor.get('/login')).headers['content-security-policy']).not.toContain('https: ')
      const asked = await idp.readForm(text, keys)
      expect(asked.xml).toContain(`Destination="${idp.postUrl}"`)
      const form = { SAMLResponse: site().respond(asked, named('williamina')), RelayState: asked.relayState }
      expect((await site().bring(visitor, form, { at: formal })).headers.location).toBe(`${SITE}/auth/account`)
      expect(await sessionsOf('williamina')).toHaveLength(1)
    } finally {
      await formal.stop()
      await writeFile(idp.metadata, idp.describe())
    }
  })

  it('is who the whole NameID says: a comment within it cuts nothing off', async () => {
    const visitor = new Visitor(site().postern)
    const asked = await site().depart(visitor)
    const signed = Buffer.from(site().respond(asked, named('caroline', { nameId: 'b7f2.evil' })), 'base64').toString()
    const form = { SAMLResponse: encode(signed.replace('b7f2.evil', 'b7f2<!---->.evil')), RelayState: asked.relayState }
    expect((await site().bring(visitor, form)).headers.location).toBe(TOKENS)
    expect(await holderOf('caroline')).toMatchObject({ identity: { subject: 'b7f2.evil' } })
  })

  it('is signed in by a form that a browser sends with its cookies, from a host beside the site’s', async () => {
    const visitor = new Visitor(site().postern)
    const asked = await site().depart(visitor)
    const taken = await visitor.agent
      .post('/login/institute/callback')
      .set({ Origin: 'http://idp.example.org', 'Sec-Fetch-Site': 'same-site' })
      .type('form')
      .send({ SAMLResponse: site().respond(asked, named('mary')), RelayState: asked.relayState })
    const { pathname, search } = new URL(String(taken.headers.location))
    expect(await sessionsOf('mary')).toEqual([])
    expect((await visitor.get(`${pathname}${search}`)).headers.location).toBe(TOKENS)
    expect(await sessionsOf('mary')).toHaveLength(1)
  })

  it('is told that Redis is away, and the same response signs them in when it is back', async () => {
    const { postern } = site()
    const visitor = new Visitor(postern)
    const asked = await site().depart(visitor)
    const form = { SAMLResponse: site().respond(asked, named('annie')), RelayState: asked.relayState }
    await hangUp(postern.context.redis)
    try {
      const { status, text } = await request(postern.server).post(CALLBACK).type('form').send(form)
      expect([status, text]).toEqual([503, expect.stringContaining('Not available at the moment')])
      expect(await personOf('annie')).toBeUndefined()
    } finally {
      await postern.context.redis.connect()
    }
    expect((await site().bring(visitor, form)).headers.location).toBe(TOKENS)
  })

  it('is another user than the one whose name they bring', async () => {
    await site().signIn(new Visitor(site().postern), named('emmy'))
    const response = await site().signIn(new Visitor(site().postern), named('emmy', { nameId: 'another' }))
    const expected = { code: 'name_taken', status: 403, says: 'belongs to another user', cause: /emmy/ }
    expect(await sessionsOf('emmy')).toHaveLength(1)
    // The assertion was used, and is marked as that.
    await expectNotSignedIn(site().postern, response, await traces(site().postern), expected)
  })

  it('proves anew who they are when they sign in again: a session of the provider will not do', async () => {
    const visitor = new Visitor(site().postern)
    await site().signIn(visitor, named('lise'))
    const again = async (authenticated: number) => {
      const departure = await visitor.get('/auth/reauthenticate/provider')
      const asked = site().idp.read(String(departure.headers.location))
      expect(asked.xml).toContain('ForceAuthn="true"')
      const SAMLResponse = site().respond(asked, named('lise', { authenticated }))
      return site().bring(visitor, { SAMLResponse, RelayState: asked.relayState })
    }
    const [session] = await sessionsOf('lise')
    const refused = await again(-600)
    expect([refused.status, refused.text]).toEqual([502, expect.stringContaining('You have not signed in again')])
    expect(await sessionsOf('lise')).toEqual([expect.objectContaining({ key: session?.key })])
    expect((await again(0)).headers.location).toBe(TOKENS)
    expect(await sessionsOf('lise')).toEqual([expect.not.objectContaining({ key: session?.key })])
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
