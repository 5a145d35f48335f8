import { isoTime } from '../../../../../server/core/time.js'
import type { AuthnRequest, Said } from '../../../../support/peers/saml-stand-in.js'
import { ADA, encode, partiesOf, type SamlSite } from './site.js'

/** Makes a response for a request that the attacker's own browser began. */
type Forge = (site: SamlSite, asked: AuthnRequest) => string

interface Forgery {
  readonly forge: Forge
  readonly cause: RegExp
  /** `provider_mistrusted` when not given. */
  readonly code?: string
  readonly status?: number
  readonly says?: RegExp
  /** The provider that takes it; `institute` when not given. */
  readonly at?: string
}

const CLOCK = { code: 'provider_clock', says: /clocks of this site and/ }
const LAUGHS = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>`
const FILE = `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>`

/** A right response that says something else than it should. */
const saying =
  (said: Said): Forge =>
  (site, asked) =>
    site.respond(asked, said)

/** A rightly signed assertion of the attacker, one about Ada that nobody signed, and the signature of the first. */
function wrapped(arrange: (parts: Parts) => string): Forge {
  return ({ idp }, asked) => {
    const mine = {
      'urn:oid:1.3.6.1.4.1.5923.1.1.1.6': ['eve@example.org'],
      'urn:oid:1.3.6.1.4.1.5923.1.5.1.1': ['users'],
    }
    const signed = idp.sign(idp.assertion(asked, partiesOf(), { id: '_mine', nameId: 'eve', attributes: mine }))
    const [signature = ''] = /<Signature .*<\/Signature>/s.exec(signed) ?? []
    const evil = (id: string, inside = '') =>
      idp.assertion(asked, partiesOf(), { id, attributes: ADA }).replace('</saml:Issuer>', `</saml:Issuer>${inside}`)
    return encode(idp.response(arrange({ signed, signature, bare: signed.replace(signature, ''), evil })))
  }
}

interface Parts {
  readonly signed: string
  readonly signature: string
  /** The signed assertion without its signature. */
  readonly bare: string
  /** The assertion about Ada. */
  readonly evil: (id: string, inside?: string) => string
}

/** The same with a signature of the whole response. */
function wrappedResponse(arrange: (parts: { signature: string; bare: string }) => string): Forge {
  return ({ idp }, asked) => {
    const signed = idp.sign(idp.response(idp.assertion(asked, partiesOf(), { nameId: 'eve' })))
    const [signature = ''] = /<Signature .*<\/Signature>/s.exec(signed) ?? []
    const around = arrange({ signature, bare: signed.replace(signature, '') })
    const evil = idp.response(idp.assertion(asked, partiesOf(), { attributes: ADA }))
    return encode(evil.replace('</saml:Issuer>', `</saml:Issuer>${around}`))
  }
}

const withObject = (signature: string, content: string) =>
  signature.replace('</Signature>', `<Object>${content}</Object></Signature>`)

/** The key of an encrypted element, beside it and at an address. */
function withKeyAt(address: string, encrypted: string): string {
  const [key = ''] = /<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/s.exec(encrypted) ?? []
  const beside = key.replace('>', ' xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Id="k">')
  const referred = encrypted.replace(key, `<RetrievalMethod URI="${address}"/>`)
  return referred.replace('</saml:EncryptedAssertion>', `${beside}</saml:EncryptedAssertion>`)
}

/** What the provider `plain` says of a user. */
const PLAIN = { uid: ['eve'], 'subject-id': ['eve@example.org'], isMemberOf: ['users'] }

/** The known attacks on SAML sign-in. In each the attacker's browser began the sign-in, so that only the response is wrong. */
// biome-ignore format: a table reads in columns
export const FORGERIES: Readonly<Record<string, Forgery>> = {
  'nothing is signed': { forge: ({ idp }, asked) => encode(idp.response(idp.assertion(asked, partiesOf(), { attributes: ADA }))), cause: /^Invalid signature$/ },
  'another key signed, and its certificate is in the signature': { forge: (site, asked) => site.respond(asked, {}, site.stranger), cause: /^Invalid signature$/ },
  'a name was altered after it was signed': { forge: (site, asked) => encode(Buffer.from(site.respond(asked, { nameId: 'eve' }), 'base64').toString().replace('>eve<', '>ada<')), cause: /^Invalid signature$/ },
  'only the response is signed, where assertions must be': { forge: ({ idp }, asked) => encode(idp.sign(idp.response(idp.assertion(asked, partiesOf(), { attributes: ADA })))), cause: /^Invalid signature$/ },
  'wrapping 1: the signed response is within the signature of another': { at: 'plain', forge: wrappedResponse(({ signature, bare }) => withObject(signature, bare)), cause: /signature|Signature|refer/ },
  'wrapping 2: the signed response is beside its signature': { at: 'plain', forge: wrappedResponse(({ signature, bare }) => signature + bare), cause: /signature|Signature|refer/ },
  'wrapping 3: an assertion before the signed one': { forge: wrapped(({ signed, evil }) => evil('_evil') + signed), cause: /multiple assertions/ },
  'wrapping 4: an assertion around the signed one': { forge: wrapped(({ signed, evil }) => evil('_evil').replace('</saml:Assertion>', `${signed}</saml:Assertion>`)), cause: /^Invalid signature$/ },
  'wrapping 5: an assertion with the signature, beside the one without': { forge: wrapped(({ signature, bare, evil }) => evil('_evil', signature) + bare), cause: /multiple assertions/ },
  'wrapping 6: the signed assertion is within the signature of another': { forge: wrapped(({ signature, bare, evil }) => evil('_evil', signature.replace('</Signature>', `${bare}</Signature>`))), cause: /refer to it's parent/ },
  'wrapping 7: an assertion with the same ID in Extensions': { forge: wrapped(({ signed, evil }) => `<samlp:Extensions>${evil('_mine')}</samlp:Extensions>${signed}`), cause: /more than one element/ },
  'wrapping 8: the signed assertion is in an Object of the signature': { forge: wrapped(({ signature, bare, evil }) => evil('_evil', withObject(signature, bare))), cause: /refer to it's parent/ },
  'SHA-1 in the signature': { forge: (site, asked) => site.respond(asked, {}, { ...site.idp.keys, hash: 'sha1' }), cause: /not allowed \(SignatureMethod\)/ },
  'SHA-1 in the digest': { forge: (site, asked) => site.respond(asked, {}, { ...site.idp.keys, digest: 'sha1' }), cause: /not allowed \(DigestMethod\)/ },
  'SHA-1 in an encrypted assertion': { forge: ({ idp, keys }, asked) => encode(idp.response(idp.encrypt(idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA }), { ...idp.keys, hash: 'sha1' }), keys))), cause: /not allowed \(SignatureMethod\)/ },
  'SHA-1 in an encrypted assertion that only the library would find': { forge: ({ idp, keys }, asked) => encode(idp.response(idp.encrypt(idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA }), { ...idp.keys, hash: 'sha1' }), keys).replace('xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"', 'xmlns:saml="urn:x"'))), cause: /No decryption key/ },
  'encrypted with CBC, in a response that is not signed': { forge: ({ idp, keys }, asked) => encode(idp.response(idp.encrypt(idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA })), keys, true))), cause: /CBC, and the response around it is not signed/ },
  'a key at an address that is an XPath of the attacker': { forge: ({ idp, keys }, asked) => encode(idp.response(withKeyAt("#k' and 'a'='a", idp.encrypt(idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA })), keys)))), cause: /no ID \(RetrievalMethod\)/ },
  'two encrypted assertions': { forge: ({ idp, keys }, asked) => encode(idp.response(idp.encrypt(idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA })), keys).repeat(2))), cause: /multiple assertions/ },
  'encrypted for another site': { forge: ({ idp, stranger }, asked) => encode(idp.response(idp.encrypt(idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA })), stranger))), cause: /cannot be decrypted/ },
  'encrypted by no provider: only the site’s own certificate is needed': { forge: ({ idp, keys }, asked) => encode(idp.response(idp.encrypt(idp.assertion(asked, partiesOf(), { attributes: ADA }), keys))), cause: /signature from encrypted assertion/ },
  'a NameID that is encrypted for another site': { forge: (site, asked) => site.respond(asked, { named: site.idp.encryptName('ada', site.stranger) }), cause: /NameID cannot be decrypted/ },
  'a NameID in clear beside an encrypted one': { forge: (site, asked) => site.respond(asked, { named: `<saml:NameID>ada</saml:NameID>${site.idp.encryptName('ada', site.keys)}` }), cause: /multiple names/ },
  'two encrypted NameIDs': { forge: (site, asked) => site.respond(asked, { named: site.idp.encryptName('ada', site.keys).repeat(2) }), cause: /multiple names/ },
  'an element that is no NameID, encrypted in place of one': { forge: (site, asked) => site.respond(asked, { named: site.idp.encrypt('<NameID>ada</NameID>', site.keys, false, 'EncryptedID') }), cause: /no NameID/ },
  'not encrypted, where it must be': { at: 'sealed', forge: ({ idp }, asked) => encode(idp.response(idp.sign(idp.assertion(asked, partiesOf('sealed'), { attributes: ADA })))), cause: /not encrypted/ },
  'entities that grow': { forge: (site, asked) => encode(LAUGHS + Buffer.from(site.respond(asked), 'base64').toString()), cause: /document type/ },
  'an entity that is a file': { forge: (site, asked) => encode(FILE + Buffer.from(site.respond(asked), 'base64').toString()), cause: /document type/ },
  'entities within an encrypted assertion': { forge: ({ idp, keys }, asked) => encode(idp.response(idp.encrypt(LAUGHS + idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA })), keys))), cause: /document type/ },
  'elements within elements, thousands deep': { forge: ({ idp }, asked) => encode(idp.response(`${idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA }))}${'<a>'.repeat(2_000)}${'</a>'.repeat(2_000)}`)), cause: /too many elements/ },
  'elements beside elements, which the library would search for seconds': { forge: ({ idp }, asked) => encode(idp.response(`${idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA }))}${'<a/>'.repeat(2_000)}`)), cause: /too many elements/ },
  'no XML': { forge: () => encode('{"sub": "ada"}'), cause: /no XML/ },
  'another audience': { forge: saying({ audience: 'https://other.example.org/sp' }), cause: /another audience/ },
  'no conditions': { forge: saying({ conditions: '' }), cause: /no Conditions/ },
  'no audience': { forge: saying({ conditions: '<saml:Conditions/>' }), cause: /another audience/ },
  'a condition that is not understood': { forge: (site, asked) => site.respond(asked, { conditions: `<saml:Conditions><saml:AudienceRestriction><saml:Audience>${partiesOf().entityId}</saml:Audience></saml:AudienceRestriction><saml:Condition/></saml:Conditions>` }), cause: /not understood/ },
  'another recipient': { forge: saying({ recipient: 'https://other.example.org/acs' }), cause: /another recipient/ },
  'another provider’s callback': { at: 'plain', forge: ({ idp }, asked) => encode(idp.sign(idp.response(idp.assertion(asked, { ...partiesOf(), entityId: partiesOf('plain').entityId }, { attributes: PLAIN })))), cause: /another recipient/ },
  'another destination of the response': { forge: ({ idp }, asked) => encode(idp.response(idp.sign(idp.assertion(asked, partiesOf(), { attributes: ADA })), { destination: 'https://other.example.org/acs' })), cause: /Destination/ },
  'another issuer': { forge: saying({ issuer: 'https://other.example.org/idp' }), cause: /another issuer/ },
  'for the holder of a key, and not for its bearer': { forge: saying({ method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' }), cause: /another recipient/ },
  'unsolicited': { forge: saying({ inResponseTo: undefined }), cause: /answers no request/ },
  'to another request': { forge: saying({ inResponseTo: '_other' }), cause: /InResponseTo/, code: 'sign_in_lost', status: 403, says: /started in another browser/ },
  'whose conditions have expired': { forge: (site, asked) => site.respond(asked, { conditions: `<saml:Conditions NotOnOrAfter="${isoTime(site.postern.now() - 61)}"><saml:AudienceRestriction><saml:Audience>${partiesOf().entityId}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` }), cause: /Conditions ended \d+ seconds ago/, ...CLOCK },
  'whose confirmation has expired': { forge: saying({ confirmed: -61 }), cause: /SubjectConfirmationData ended \d+ seconds ago/, ...CLOCK },
  'not valid yet': { forge: saying({ from: 90 }), cause: /begins \d+ seconds ahead/, ...CLOCK },
  'a refusal of the provider': { forge: ({ idp }) => encode(idp.response('', { status: 'AuthnFailed' })), cause: /it answers "AuthnFailed"/, code: 'provider_denied', status: 403, says: /did not sign you in/ },
  'a comment that cuts a user name': { forge: (site, asked) => encode(Buffer.from(site.respond(asked, { attributes: { ...ADA, 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6': ['ada.evil@example.org'] } }), 'base64').toString().replace('ada.evil', 'ada<!-- -->.evil')), cause: /ada\.evil/, code: 'unusable_username', status: 403, says: /cannot be used here/ },
  'two user names': { forge: saying({ attributes: { 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6': ['ada@example.org', 'eve@example.org'] } }), cause: /several values/, code: 'unusable_username', status: 403, says: /cannot be used here/ },
  'a NameID that is of another provider behind this one': { forge: saying({ nameIdMore: ' NameQualifier="https://other.example.org/idp"' }), cause: /qualifier of others/, code: 'provider_failed', says: /could not sign you in/ },
  'a NameID that the provider may give to others': { forge: saying({ nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }), cause: /not persistent/, code: 'provider_failed', says: /could not sign you in/ },
}
