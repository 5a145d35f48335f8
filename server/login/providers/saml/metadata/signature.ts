import { verify, X509Certificate } from 'node:crypto'
import { CanonicalXml } from '../../../../core/people/saml/canonical-xml.js'
import { requireAllowedAlgorithms, SIGNATURE_HASHES } from '../algorithms.js'
import { attributeOf, childOf, parseXml, SIGNATURE, textOf, type XmlElement } from '../xml.js'
import { readXml } from './read-xml.js'
import type { SignedDocument } from './scan.js'

/**
 * Returns whether a certificate's key signed a document with a signature at its root (SAML Core §5.4). The key signed the digest of the
 * document, which was made in the one way that SAML has: for one that says another way, nothing matches.
 *
 * @throws AnswerFault for an algorithm that is not allowed
 */
export async function isSignedBy({ signature, digest }: SignedDocument, certificate: string): Promise<boolean> {
  const root = await parseXml(signature)
  requireAllowedAlgorithms(root)
  const info = childOf(root, SIGNATURE, 'SignedInfo')
  const reference = childOf(info, SIGNATURE, 'Reference')
  if (contentOf(reference, 'DigestValue') !== digest) return false
  const hash = SIGNATURE_HASHES.get(attributeOf(childOf(info, SIGNATURE, 'SignatureMethod'), 'Algorithm') ?? '')
  const value = Buffer.from(contentOf(root, 'SignatureValue'), 'base64')
  const { publicKey } = new X509Certificate(certificate)
  return verify(hash, Buffer.from(await canonicalInfo(signature)), publicKey, value)
}

async function canonicalInfo(signature: string): Promise<string> {
  let text = ''
  let depth = 0
  const xml = new CanonicalXml((piece) => {
    text += piece
  })
  await readXml([Buffer.from(signature)], {
    start(tag) {
      depth += 1
      if (xml.isOpen || (depth === 2 && tag.local === 'SignedInfo')) xml.start(tag)
    },
    text(piece) {
      if (xml.isOpen) xml.text(piece)
    },
    instruction(target, body) {
      if (xml.isOpen) xml.instruction(target, body)
    },
    end() {
      depth -= 1
      if (xml.isOpen) xml.end()
    },
  })
  return text
}

const contentOf = (parent: XmlElement | undefined, name: string) =>
  textOf(childOf(parent, SIGNATURE, name)).replace(/\s+/g, '')
