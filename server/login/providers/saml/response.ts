import type { RefusalCode } from '../../../core/access/refusal.js'
import type { SamlAssertion } from '../../../core/people/saml/assertion.js'
import type { SamlSettings } from '../../../settings/providers/saml.js'
import { hasMalleableEncryption, requireAllowedAlgorithms } from './algorithms.js'
import { decryptElement } from './decrypt.js'
import { AnswerFault } from './failure.js'
import { openLibrary } from './library.js'
import type { IdpDescription } from './metadata/idp-metadata.js'
import { readAssertion } from './read-assertion.js'
import { ASSERTION, attributeOf, childOf, childrenOf, PROTOCOL, parseXml, verifiedXml, type XmlElement } from './xml.js'

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:'

/** Status codes of a refusal (SAML Core §3.2.2.2); any other is `provider_failed`. */
const ANSWERS: Readonly<Record<string, RefusalCode>> = {
  AuthnFailed: 'provider_denied',
  RequestDenied: 'provider_denied',
}

const MAX_CAUSE_LENGTH = 160

/**
 * Verifies a response of a provider, and returns its one assertion, read from what the signature covers alone.
 *
 * Attack: a second assertion beside or around the signed one (signature wrapping). The library returns the signed element's own
 * text, and nothing of the response is read but what can only refuse it.
 *
 * Attack: of a text that is encrypted with CBC, the answers to thousands of altered ones tell the content (Jager and Somorovsky
 * 2011). Most providers have no better, so it is decrypted where the signature of the whole response shows that it is not altered.
 *
 * @param encoded `SAMLResponse` of the form
 * @throws AnswerFault
 */
export async function verifyResponse(
  encoded: string,
  settings: SamlSettings,
  idp: IdpDescription,
): Promise<SamlAssertion> {
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const root = await parseXml(text)
  if (root.namespaceURI !== PROTOCOL || root.localName !== 'Response')
    throw new AnswerFault('the answer is no Response')
  const destination = attributeOf(root, 'Destination')
  if (destination !== undefined && destination !== settings.consumerUrl.href)
    throw new AnswerFault('the response is for another address (Destination)')
  refuseStatus(root)
  requireAllowedAlgorithms(root)
  if (
    childrenOf(root, ASSERTION, 'EncryptedAssertion').some(hasMalleableEncryption) &&
    (await verifiedXml(text, root, idp.certificates)) === undefined
  )
    throw new AnswerFault('CBC, and the response around it is not signed')
  const decryptionPvk = await inspectEncrypted(root, settings)
  const library = await openLibrary(settings, idp, decryptionPvk === undefined ? {} : { decryptionPvk })
  const { profile } = await library.validatePostResponseAsync({ SAMLResponse: encoded }).catch(mistrust)
  const verified = profile?.getAssertionXml?.()
  if (verified === undefined) throw new AnswerFault('the response has no assertion')
  const assertion = await parseXml(verified)
  if (assertion.namespaceURI !== ASSERTION || assertion.localName !== 'Assertion')
    throw new AnswerFault('what is signed is no assertion')
  return readAssertion(assertion, settings)
}

/** A refusal needs no signature: the sign-in ends with any of them. */
function refuseStatus(root: XmlElement): void {
  const outer = childOf(childOf(root, PROTOCOL, 'Status'), PROTOCOL, 'StatusCode')
  const inner = childOf(outer, PROTOCOL, 'StatusCode')
  const [status, ...more] = [outer, inner].map((each) => (attributeOf(each, 'Value') ?? '').replace(STATUS, ''))
  if (status === 'Success') return
  const word = more[0] || status || 'nothing'
  throw new AnswerFault(
    `it answers "${/^[A-Za-z]{1,40}$/.test(word) ? word : 'something else'}"`,
    ANSWERS[word] ?? 'provider_failed',
  )
}

/**
 * Inspects an encrypted assertion before the library decrypts it.
 *
 * @returns the key that decrypts it; undefined if none is encrypted
 */
async function inspectEncrypted(root: XmlElement, settings: SamlSettings): Promise<string | undefined> {
  const [encrypted] = childrenOf(root, ASSERTION, 'EncryptedAssertion')
  if (settings.wantAssertionsEncrypted && !encrypted) throw new AnswerFault('the assertion is not encrypted')
  if (!encrypted) return undefined
  const decrypted = await decryptElement(encrypted, settings)
  if (!decrypted) throw new AnswerFault('the assertion cannot be decrypted')
  return decrypted.key
}

/** The library throws errors of all kinds for what it does not accept. */
function mistrust(error: unknown): never {
  const { message } = error as Error
  throw new AnswerFault(message.replace(/\p{C}/gu, ' ').slice(0, MAX_CAUSE_LENGTH))
}
