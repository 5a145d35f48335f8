import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { listSessions } from '../../../../server/storage/redis/sessions.js'
import { Visitor } from '../../../support/clients/visitor.js'
import type { SaidOfLogout } from '../../../support/peers/saml-stand-in.js'
import { traces } from '../../../support/sign-in-refused.js'
import { named, type SamlSite, SITE, startSamlSite } from './support/site.js'

let site: SamlSite

beforeAll(async () => {
  site = await startSamlSite()
})
afterAll(async () => {
  await site.postern.stop()
  await site.idp.stop()
})

const sessionsOf = (username: string) => listSessions(site.postern.context, username, site.postern.now())

describe('signing out', () => {
  /** A request of the provider to sign a user out, as the browser brings it. */
  const signedOut = (said: SaidOfLogout) => {
    const query = site.idp.logoutRequest({ destination: `${SITE}/login/institute/logout`, ...said })
    return request(site.postern.server).get(`/login/institute/logout?${query}`)
  }

  it('ends the session at the provider, too, and the browser comes back to where the site says', async () => {
    const visitor = new Visitor(site.postern)
    await site.signIn(visitor, named('ingrid', { sessionIndex: '_s7' }))
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
    await site.signIn(new Visitor(site.postern), named('jane', { sessionIndex: '_one' }))
    const [first] = await sessionsOf('jane')
    await site.signIn(new Visitor(site.postern), named('jane', { sessionIndex: '_two' }))
    await site.signIn(new Visitor(site.postern), named('joan', { sessionIndex: '_one' }))
    const { status, headers } = await signedOut({ nameId: 'id-of-jane', sessionIndex: '_two' })
    expect([status, headers.location]).toEqual([303, expect.stringContaining(`${site.idp.logoutUrl}?SAMLResponse=`)])
    expect(headers.location).toContain('&RelayState=theirs')
    expect(await sessionsOf('jane')).toEqual([expect.objectContaining({ key: first?.key })])
    expect(await sessionsOf('joan')).toHaveLength(1)
    await signedOut({ nameId: 'id-of-jane' })
    expect(await sessionsOf('jane')).toEqual([])
  })

  it('at the provider ends the session of a user whose name is encrypted, for either key of the site', async () => {
    for (const keys of [site.keys, site.otherKeys]) {
      await site.signIn(new Visitor(site.postern), named('ruby'))
      const { status, headers } = await signedOut({ named: site.idp.encryptName('id-of-ruby', keys) })
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
    await site.signIn(new Visitor(site.postern), named('kathe'))
    const before = await traces(site.postern)
    const { status, text } = await signedOut({ nameId: 'id-of-kathe', ...said(site) })
    expect(status).toBeGreaterThanOrEqual(500)
    const [, reference = 'none'] = /Reference: <code>([0-9a-f]{12})</.exec(text) ?? []
    const lines = site.postern.logged().split('\n')
    expect(JSON.parse(lines.find((each) => each.includes(reference)) ?? '{}').cause).toMatch(cause)
    expect(await traces(site.postern)).toEqual(before)
  })
})
