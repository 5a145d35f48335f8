import { afterAll, beforeAll, expect } from '@jest/globals'
import request, { type Response } from 'supertest'
import type { Visitor } from '../../../../support/clients/visitor.js'
import {
  type AuthnRequest,
  makeKeys,
  type Said,
  type SamlKeys,
  SamlStandIn,
  type Signing,
} from '../../../../support/peers/saml-stand-in.js'
import { type RunningPostern, startPostern } from '../../../../support/postern.js'
import { freshDatabase, freshRedis } from '../../../../support/stores/stores.js'

export const SITE = 'http://127.0.0.1:8080'
export const CALLBACK = '/login/institute/callback'
/** REFEDS' name of a second factor. */
export const MFA = 'https://refeds.org/profile/mfa'
/** The browser's address, as its jar of cookies asks for it. */
export const HERE = { domain: '127.0.0.1', path: '/', secure: false, script: false }

/** The sides of a provider of the site, by its `id`. */
export const partiesOf = (id = 'institute', path = '') => ({
  entityId: `${SITE}${path}/login/${id}/metadata`,
  consumer: `${SITE}${path}/login/${id}/callback`,
})

export interface SamlSite {
  readonly postern: RunningPostern
  readonly idp: SamlStandIn
  /** Of the site. */
  readonly keys: SamlKeys
  /** Of the site, for a change. */
  readonly otherKeys: SamlKeys
  /** Of no provider. */
  readonly stranger: SamlKeys
  /** Signs in at the provider: the request that the browser brings it. */
  depart(visitor: Visitor, id?: string): Promise<AuthnRequest>
  /** A right response, base64, of what is said. */
  respond(asked: AuthnRequest, said?: Said, signing?: Signing): string
  /** Signs in: the request, and the right response to what is said. */
  signIn(visitor: Visitor, said: Said): Promise<Response>
  /** The same site, served by another process. */
  another(): Promise<RunningPostern>
  /** Sends a form as the provider's page does, and goes where the answer leads, with the browser's cookies. */
  bring(visitor: Visitor, form: SamlForm, to?: { callback?: string; at?: RunningPostern }): Promise<Response>
}

export interface SamlForm {
  readonly SAMLResponse: string
  readonly RelayState: string
}

export const encode = (xml: string) => Buffer.from(xml).toString('base64')

/** What the provider says of Ada, under the formal names. */
export const ADA = {
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.6': ['ada@example.org'],
  'urn:oid:2.16.840.1.113730.3.1.241': ['Ada Lovelace'],
  'urn:oid:0.9.2342.19200300.100.1.3': ['ada@example.org'],
  'urn:oid:1.3.6.1.4.1.5923.1.5.1.1': ['users', 'urn:geant:example.org:group:astro'],
}

const EPPN = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6'

/** Of a user of whom the provider says no more than who they are and that they are in some groups. */
export const named = (username: string, said: Said = {}, groups = ['users']): Said => ({
  nameId: `id-of-${username}`,
  attributes: { [EPPN]: [`${username}@example.org`], 'urn:oid:1.3.6.1.4.1.5923.1.5.1.1': groups },
  ...said,
})

/** One such site for the tests of a file. */
export function useSamlSite(): () => SamlSite {
  let site: SamlSite
  beforeAll(async () => {
    site = await startSamlSite()
  })
  afterAll(async () => {
    await site.postern.stop()
    await site.idp.stop()
  })
  return () => site
}

/**
 * A site with three providers, which are one stand-in: a usual one, one that must encrypt, and one that signs responses alone.
 *
 * @param path of the base URL
 */
export async function startSamlSite(more: Record<string, unknown> = {}, path = ''): Promise<SamlSite> {
  const clock = { now: () => Math.floor(Date.now() / 1000) }
  const [idp, keys, otherKeys, stranger] = await Promise.all([
    SamlStandIn.start(() => clock.now()),
    makeKeys('site'),
    makeKeys('site'),
    makeKeys('stranger'),
  ])
  const common = {
    metadata: idp.metadata,
    certificate: keys.certificate,
    privateKey: keys.key,
    otherCertificate: otherKeys.certificate,
    otherPrivateKey: otherKeys.key,
    usernameDomain: 'example.org',
    groupsAttribute: 'isMemberOf',
    groupNames: { 'urn:geant:example.org:group:astro': 'astro' },
    ...more,
  }
  const saml = [
    { ...common, id: 'institute', title: 'The Institute' },
    { ...common, id: 'sealed', wantAssertionsEncrypted: true, requireAcr: [MFA] },
    {
      ...common,
      id: 'plain',
      wantAssertionsSigned: false,
      identifierAttribute: 'subject-id',
      usernameAttribute: 'uid',
      usernameDomain: undefined,
    },
  ]
  const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis(), secret: 'm'.repeat(32) }
  const options = { baseUrl: `${SITE}${path}`, settings: { saml, afterLogoutUrl: `${SITE}/bye` }, ...stores }
  const postern = await startPostern(options)
  clock.now = postern.now

  async function depart(visitor: Visitor, id = 'institute'): Promise<AuthnRequest> {
    const departure = await visitor.get(`${path}/login/${id}`)
    expect(departure.status).toBe(303)
    return idp.read(String(departure.headers.location))
  }

  function respond(asked: AuthnRequest, said: Said = {}, signing?: Signing): string {
    const assertion = idp.assertion(asked, partiesOf('institute', path), { attributes: ADA, ...said })
    return encode(idp.response(idp.sign(assertion, signing)))
  }

  async function bring(
    visitor: Visitor,
    form: SamlForm,
    { callback = `${path}${CALLBACK}`, at = postern } = {},
  ): Promise<Response> {
    const taken = await request(at.server)
      .post(callback)
      .set({ Host: '127.0.0.1:8080', Origin: 'https://idp.example.org', 'Sec-Fetch-Site': 'cross-site' })
      .type('form')
      .send({ ...form })
    expect(taken.status).toBe(303)
    expect(taken.headers['set-cookie']).toBeUndefined()
    const { pathname, search } = new URL(String(taken.headers.location))
    return visitor.get(`${pathname}${search}`)
  }

  async function signIn(visitor: Visitor, said: Said): Promise<Response> {
    const asked = await depart(visitor)
    return bring(visitor, { SAMLResponse: respond(asked, said), RelayState: asked.relayState })
  }

  const another = () => startPostern(options)
  return { postern, idp, keys, otherKeys, stranger, depart, respond, signIn, another, bring }
}
