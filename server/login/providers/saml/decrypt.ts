import type { SamlSettings } from '../../../settings/providers/saml.js'
import { requireAllowedAlgorithms } from './algorithms.js'
import { AnswerFault } from './failure.js'
import { ASSERTION, childrenOf, decryptXml, parseXml, type XmlElement } from './xml.js'

/** The keys that a provider may encrypt for. */
export type DecryptionKeys = Pick<SamlSettings, 'privateKey' | 'otherPrivateKey'>

/**
 * Decrypts an element with the key of the site that it is encrypted for, and inspects what is within: the library would verify a
 * signature there by any algorithm.
 *
 * @returns the content and its key; undefined if no key decrypts it
 * @throws AnswerFault
 */
export async function decryptElement(
  encrypted: XmlElement,
  { privateKey, otherPrivateKey }: DecryptionKeys,
): Promise<{ readonly content: XmlElement; readonly key: string } | undefined> {
  for (const each of [privateKey, otherPrivateKey]) {
    const key = each?.reveal()
    const text = key === undefined ? undefined : await decryptXml(encrypted, key).catch(() => undefined)
    if (key === undefined || text === undefined) continue
    const content = await parseXml(text)
    requireAllowedAlgorithms(content)
    return { content, key }
  }
  return undefined
}

/**
 * Finds the NameID of a subject, or of a request to sign out, in clear or encrypted (SAML Core §2.2.4). The signature around it was
 * verified before, so that an attacker learns nothing from altered texts.
 *
 * @throws AnswerFault
 */
export async function findNameId(
  parent: XmlElement | undefined,
  keys: DecryptionKeys,
): Promise<XmlElement | undefined> {
  if (!parent) return undefined
  const [encrypted, second] = childrenOf(parent, ASSERTION, 'EncryptedID')
  const [plain] = childrenOf(parent, ASSERTION, 'NameID')
  if (!encrypted) return plain
  if (plain || second) throw new AnswerFault('there are multiple names of the user')
  const decrypted = await decryptElement(encrypted, keys)
  if (!decrypted) throw new AnswerFault('the NameID cannot be decrypted')
  const { content } = decrypted
  if (content.namespaceURI !== ASSERTION || content.localName !== 'NameID')
    throw new AnswerFault('what is encrypted is no NameID')
  return content
}
