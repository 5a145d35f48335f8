import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readIdpMetadata } from '../../../../server/login/providers/saml/metadata/idp-metadata.js'
import { makeKeys, type SamlKeys, SamlStandIn } from '../../../support/peers/saml-stand-in.js'

const NOW = Date.parse('2026-11-26T12:00:00Z') / 1000
const NAMESPACES = 'xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:a="urn:a" xmlns:b="urn:b"'

let idp: SamlStandIn
let federation: SamlKeys

beforeAll(async () => {
  idp = await SamlStandIn.start(() => NOW)
  federation = await makeKeys('federation')
})
afterAll(() => idp.stop())

const group = (content: string, more = '') =>
  `<EntitiesDescriptor ${NAMESPACES} ID="_f"${more}>${content}</EntitiesDescriptor>`

const other = (index: number) => idp.describe().replace(idp.entityId, `https://idp${index}.example.org`)

const read = (text: string, settings = {}) =>
  readIdpMetadata(
    pieces(text),
    { idpEntityId: idp.entityId, metadataCertificate: federation.certificate, ...settings },
    NOW,
  )

/** As a network brings them: characters of several bytes are cut in two. */
function* pieces(text: string): Generator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 997) yield bytes.subarray(at, at + 997)
}

describe('the metadata of a federation', () => {
  it('are read in pieces, for the one provider, and expire with the first of its groups', async () => {
    const many = Array.from({ length: 2000 }, (_, index) => other(index)).join('\n')
    const inner = group(
      idp.describe([idp.keys], ' validUntil="2026-12-03T00:00:00Z"'),
      ' validUntil="2026-12-02T00:00:00Z"',
    )
    const outer = group(`<!-- é -->\n${many}${inner.replace('_f', '_g')}`, ' validUntil="2026-12-05T00:00:00Z"')
    expect(await read(idp.sign(outer, federation))).toMatchObject({
      entityId: idp.entityId,
      signOnUrl: new URL(idp.signOnUrl),
      validUntil: Date.parse('2026-12-02T00:00:00Z') / 1000,
    })
  })

  it('need no signature where the site names no certificate, and one of the past does no harm', async () => {
    const old = idp.sign(group(idp.describe()), { ...federation, hash: 'sha1', digest: 'sha1' })
    for (const each of [group(idp.describe()), old])
      expect(await read(each, { metadataCertificate: undefined })).toMatchObject({ entityId: idp.entityId })
  })

  it('may be signed with SHA-512', async () => {
    const signed = idp.sign(group(idp.describe()), { ...federation, hash: 'sha512', digest: 'sha512' })
    expect(await read(signed)).toMatchObject({ entityId: idp.entityId })
  })

  it('are hashed as the library does it, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(element(4), async (content) => {
        const entity = idp.describe().replace('<IDPSSO', `<Extensions>${content}</Extensions><IDPSSO`)
        await read(idp.sign(group(entity), federation))
      }),
      { numRuns: 60 },
    )
  })

  const signed = () => idp.sign(group(idp.describe()), federation)
  const evil = (text: string) => text.replace(idp.signOnUrl, 'https://evil.example/sso')
  const evilEntity = () => evil(idp.describe())

  it.each<[string, () => string, RegExp]>([
    ['not signed', () => group(idp.describe()), /not signed/],
    ['signed by another key', () => idp.sign(group(idp.describe()), idp.keys), /not signed/],
    ['altered', () => evil(signed()), /not signed/],
    ['signed in one of their entities alone', () => group(idp.sign(idp.describe(), federation)), /not signed/],
    [
      'signed after their first child',
      () => signed().replace(/(<Signature .*<\/Signature>)/s, '<Extensions/>$1'),
      /not signed/,
    ],
    [
      'in the signature of others',
      () => {
        const [signature = ''] = /<Signature .*<\/Signature>/s.exec(signed()) ?? []
        const within = signature.replace('</Signature>', `<Object>${group(idp.describe())}</Object></Signature>`)
        return group(within + evilEntity())
      },
      /not signed/,
    ],
    [
      'beside others that are signed, with their ID',
      () => signed().replace('</EntitiesDescriptor>', `${evilEntity()}</EntitiesDescriptor>`),
      /several entities/,
    ],
    [
      'signed in their text without tags',
      () =>
        signed().replace(
          /<Transform Algorithm="[^"]+c14n#"\/>/,
          '<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>',
        ),
      /not allowed \(Transform\)/,
    ],
    [
      'signed by the one of two SignedInfo whose digest is of others',
      () => {
        const [info = ''] = /<SignedInfo>.*<\/SignedInfo>/s.exec(signed()) ?? []
        const [mine = ''] = /<SignedInfo>.*<\/SignedInfo>/s.exec(idp.sign(group(evilEntity()), idp.keys)) ?? []
        return evil(signed()).replace(info, mine + info)
      },
      /not signed/,
    ],
    [
      'signed with SHA-1',
      () => idp.sign(group(idp.describe()), { ...federation, hash: 'sha1' }),
      /not allowed \(SignatureMethod\)/,
    ],
    [
      'hashed with SHA-1',
      () => idp.sign(group(idp.describe()), { ...federation, digest: 'sha1' }),
      /not allowed \(DigestMethod\)/,
    ],
    [
      'the extension of another provider',
      () =>
        idp.sign(group(other(1).replace('<IDPSSO', `<Extensions>${idp.describe()}</Extensions><IDPSSO`)), federation),
      /do not have/,
    ],
    [
      'of a document of another kind',
      () =>
        idp.sign(
          idp
            .assertion({ id: '', xml: '', relayState: '' }, { entityId: '', consumer: '' })
            .replace('</saml:Subject>', `</saml:Subject>${idp.describe()}`),
          federation,
        ),
      /do not have/,
    ],
    ['expired', () => idp.sign(group(idp.describe(), ' validUntil="2026-11-26T11:59:59Z"'), federation), /expired/],
    [
      'deep',
      () => idp.sign(group('<a>'.repeat(70) + '</a>'.repeat(70) + idp.describe()), federation),
      /within elements/,
    ],
    [
      'a provider of a million characters',
      () => idp.sign(group(idp.describe().replace('<IDPSSO', `<!-- -->${' '.repeat(1_000_000)}<IDPSSO`)), federation),
      /too large/,
    ],
    ['cut off', () => signed().slice(0, -10), /no XML/],
    ['no XML', () => 'x', /no XML/],
    ['of a document type', () => signed().replace('<', '<!DOCTYPE x [<!ENTITY a "b">]><'), /document type/],
  ])('are refused when they are %s', async (_what, make, message) => {
    await expect(read(make())).rejects.toThrow(message)
  })

  it('are refused when they are in another encoding', async () => {
    const latin = [Buffer.from(signed()), Buffer.from([0xe9])]
    const settings = { idpEntityId: idp.entityId, metadataCertificate: federation.certificate }
    await expect(readIdpMetadata(latin, settings, NOW)).rejects.toThrow(/UTF-8/)
  })
})

/** An element as XML, with what makes canonical forms differ. */
function element(depth: number): fc.Arbitrary<string> {
  const name = fc.constantFrom('x', 'a:x', 'b:y')
  const declared = fc.uniqueArray(
    fc.constantFrom(' xmlns:a="urn:c"', ' xmlns:b="urn:a"', ' xmlns="urn:d"', ' xmlns:c="urn:c"'),
  )
  const value = fc.array(fc.constantFrom('a', 'é', '𝒳', ' ', '&amp;', '&lt;', '&quot;', '&#9;', '>', "'", '\n'), {
    maxLength: 4,
  })
  const attributes = fc.uniqueArray(fc.tuple(fc.constantFrom('p', 'q', 'a:p', 'b:q', 'xml:lang'), value), {
    maxLength: 4,
    selector: ([each]) => each,
  })
  const piece = fc.constantFrom('text', 'é', '&amp;', '&gt;', '\n', '\t', '<!-- c -->', '<![CDATA[<&>]]>', '"', '𝒳')
  const content = depth === 0 ? piece : fc.oneof(piece, element(depth - 1))
  return fc
    .tuple(name, declared, attributes, fc.array(content, { maxLength: 4 }))
    .map(([tag, spaces, given, inside]) => {
      const listed = given.map(([each, characters]) => ` ${each}="${characters.join('')}"`)
      return `<${tag}${spaces.join('')}${listed.join('')}>${inside.join('')}</${tag}>`
    })
}
