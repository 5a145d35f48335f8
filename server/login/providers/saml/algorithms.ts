import { AnswerFault } from './failure.js'
import { attributeOf, descendantsOf, type XmlElement } from './xml.js'

const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
const DSIG_MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
const XMLENC = 'http://www.w3.org/2001/04/xmlenc#'
const XMLENC_11 = 'http://www.w3.org/2009/xmlenc11#'
/** Exclusive canonicalization; `WithComments` is the same with them. */
export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'

/** Signature algorithms and their hashes: RSA, and no SHA-1, of which collisions can be bought. */
export const SIGNATURE_HASHES: ReadonlyMap<string, string> = new Map([
  [`${DSIG_MORE}rsa-sha256`, 'sha256'],
  [`${DSIG_MORE}rsa-sha512`, 'sha512'],
])

export const SIGNATURES: ReadonlySet<string> = new Set(SIGNATURE_HASHES.keys())

/** Digest algorithms and their hashes. */
export const DIGESTS: ReadonlyMap<string, string> = new Map([
  [`${XMLENC}sha256`, 'sha256'],
  [`${XMLENC}sha512`, 'sha512'],
])

const GCM = [`${XMLENC_11}aes128-gcm`, `${XMLENC_11}aes256-gcm`]
const CBC = [`${XMLENC}aes128-cbc`, `${XMLENC}aes256-cbc`]

/**
 * The algorithms of a message, by the element that names one. The library takes more.
 *
 * Attack: PKCS#1 v1.5 tells an attacker who sends altered texts, bit by bit, what is encrypted (Bleichenbacher 1998). A transform
 * could leave parts of a document out of its signature.
 */
const ALLOWED: Readonly<Record<string, ReadonlySet<string>>> = {
  SignatureMethod: SIGNATURES,
  DigestMethod: new Set(DIGESTS.keys()),
  Transform: new Set([`${DSIG}enveloped-signature`, EXCLUSIVE, `${EXCLUSIVE}WithComments`]),
  EncryptionMethod: new Set([...GCM, ...CBC, `${XMLENC}rsa-oaep-mgf1p`]),
}

/** A reference to an element of the same document, by its ID. */
const REFERENCE = /^#[A-Za-z_][\w.-]*$/

/**
 * Refuses algorithms below an element that are not allowed.
 *
 * Attack: the library writes the address of a RetrievalMethod into an XPath. One with a quote in it is an expression of the attacker's,
 * which searches the document for hours.
 *
 * @throws AnswerFault
 */
export function requireAllowedAlgorithms(root: XmlElement): void {
  for (const { element, parent } of descendantsOf(root)) {
    const { localName } = element
    if (localName === 'RetrievalMethod' && !REFERENCE.test(attributeOf(element, 'URI') ?? ''))
      throw new AnswerFault('a reference that is no ID (RetrievalMethod)')
    // The hash within OAEP needs no resistance to collisions.
    const isOfOaep = localName === 'DigestMethod' && parent.localName === 'EncryptionMethod'
    const allowed = Object.hasOwn(ALLOWED, localName) && !isOfOaep ? ALLOWED[localName] : undefined
    if (allowed && !allowed.has(attributeOf(element, 'Algorithm') ?? ''))
      throw new AnswerFault(`an algorithm that is not allowed (${localName})`)
  }
}

/** Returns whether a text is encrypted so that an altered one cannot be told from a right one. */
export function hasMalleableEncryption(root: XmlElement): boolean {
  return descendantsOf(root).some(
    ({ element }) => element.localName === 'EncryptionMethod' && CBC.includes(attributeOf(element, 'Algorithm') ?? ''),
  )
}
