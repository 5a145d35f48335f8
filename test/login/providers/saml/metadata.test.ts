import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { readIdpMetadata } from '../../../../server/login/providers/saml/metadata/idp-metadata.js'
import { Visitor } from '../../../support/clients/visitor.js'
import { eventually } from '../../../support/eventually.js'
import { bodyOf, makeKeys, type SamlStandIn } from '../../../support/peers/saml-stand-in.js'
import { expectNotSignedIn, traces } from '../../../support/sign-in-refused.js'
import { named, SITE, useSamlSite } from './support/site.js'

const MISTRUSTED = { code: 'provider_mistrusted', status: 502, says: 'could not be verified' }

const site = useSamlSite()

describe('the metadata', () => {
  it('of the site name its addresses, its key for both uses, and that assertions are to be signed', async () => {
    const { status, headers, text } = await request(site().postern.server).get('/login/institute/metadata')
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('application/samlmetadata+xml')])
    expect(text).toContain(`entityID="${SITE}/login/institute/metadata"`)
    expect(text).toContain('WantAssertionsSigned="true"')
    expect(text).toMatch(/SingleLogoutService Binding="[^"]+HTTP-Redirect" Location="[^"]+\/login\/institute\/logout"/)
    expect(text).toMatch(/SingleLogoutService Binding="[^"]+:SOAP" Location="[^"]+\/login\/institute\/logout"/)
    expect(text).not.toMatch(/SingleLogoutService Binding="[^"]+:HTTP-POST"/)
    expect(text).toMatch(/AssertionConsumerService [^>]*HTTP-POST" Location="[^"]+\/login\/institute\/callback"/)
    expect(text.match(/<KeyDescriptor use="(signing|encryption)"/g)).toHaveLength(4)
    for (const each of [site().keys, site().otherKeys])
      expect(text.replace(/\s/g, '').split(bodyOf(each))).toHaveLength(3)
    // Algorithms, and not the letters of a certificate.
    expect(text).not.toMatch(/#[\w-]*cbc/)
  })

  const read = (text: string, settings = {}) => readIdpMetadata([Buffer.from(text)], settings, site().postern.now())

  it('of the provider are read where the federation signed them, and only those', async () => {
    const { idp, stranger } = site()
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
    const { idp } = site()
    const other = idp.describe().replace(idp.entityId, 'https://other.example.org/idp')
    const federation = `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${other}${idp.describe()}</EntitiesDescriptor>`
    await expect(read(federation)).rejects.toThrow(/several entities/)
    expect(await read(federation, { idpEntityId: idp.entityId })).toMatchObject({ entityId: idp.entityId })
    await expect(read(federation, { idpEntityId: 'https://third.example.org' })).rejects.toThrow(/do not have/)
  })

  it.each([
    ['have expired', (idp: SamlStandIn) => idp.describe([idp.keys], ' validUntil="2020-01-01T00:00:00Z"'), /expired/],
    ['have no readable end', (idp: SamlStandIn) => idp.describe([idp.keys], ' validUntil="soon"'), /expired/],
    [
      'have no address to sign in',
      (idp: SamlStandIn) => idp.describe().replace(/<SingleSignOnService [^>]*>/g, ''),
      /HTTP-Redirect or HTTP-POST/,
    ],
    ['have no key', (idp: SamlStandIn) => idp.describe([]), /no certificate/],
    [
      'send browsers to a script',
      (idp: SamlStandIn) => idp.describe().replace(idp.signOnUrl, 'javascript:1'),
      /no URL/,
    ],
    ['have a document type', (idp: SamlStandIn) => `<!DOCTYPE x>${idp.describe()}`, /document type/],
  ])('of the provider are refused where they %s', async (_what, describeIdp, message) => {
    await expect(read(describeIdp(site().idp))).rejects.toThrow(message)
  })

  it('of the provider are read again in the background, so that it can change its key', async () => {
    const next = await makeKeys('next')
    await writeFile(site().idp.metadata, site().idp.describe([site().idp.keys, next]))
    site().postern.advance(3600)
    await site().depart(new Visitor(site().postern))
    await eventually(async () => {
      const visitor = new Visitor(site().postern)
      const asked = await site().depart(visitor)
      const form = { SAMLResponse: site().respond(asked, named('rosalind'), next), RelayState: asked.relayState }
      expect((await site().bring(visitor, form)).headers.location).toBe(`${SITE}/auth/tokens`)
    })
  })

  it('of the provider that cannot be read again are used for seven days, and then no user is sent there', async () => {
    const { postern, idp } = site()
    await writeFile(idp.metadata, '<nothing/>')
    postern.advance(3600)
    const visitor = new Visitor(postern)
    await site().depart(visitor)
    await eventually(async () => expect(postern.logged()).toContain('SAML metadata not refreshed'))
    await site().depart(visitor)
    postern.advance(7 * 86_400)
    const before = await traces(postern)
    const response = await visitor.get('/login/institute')
    await expectNotSignedIn(postern, response, before, { ...MISTRUSTED, cause: /do not have the provider/ })
    await writeFile(idp.metadata, idp.describe())
    await site().depart(visitor)
  })
})
