import { AnswerFault } from './failure.js'

/*
 * The library's own parser, so that the text that is read here is the one whose signature it verifies. Loaded with the first
 * sign-in: most sites have no SAML.
 */
const load = () => import('@node-saml/node-saml/lib/xml.js')

/** The part of a DOM element that is read here. */
export interface XmlElement {
  readonly localName: string
  readonly namespaceURI: string | null
  readonly textContent: string | null
  readonly childNodes: ArrayLike<XmlElement | { readonly nodeType: number }>
  readonly nodeType: number
  getAttribute(name: string): string | null
  hasAttribute(name: string): boolean
}

export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion'
export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol'
export const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata'
export const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#'

/** More elements than a response with some hundred groups has, or the metadata of one provider. */
const MAX_ELEMENTS = 1500

/**
 * Parses a document and returns its root.
 *
 * Attack: a document type declares entities, which expand to gigabytes or to a file of this machine. SAML has none, so a text with
 * a declaration is not parsed.
 *
 * Attack: ten thousand empty elements fit into a form, and the library's search among them takes ten seconds of the process.
 */
export async function parseXml(text: string): Promise<XmlElement> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new AnswerFault('the XML has a document type')
  if ((text.match(/<[^/!?]/g) ?? []).length > MAX_ELEMENTS) throw new AnswerFault('the XML has too many elements')
  const { parseDomFromString } = await load()
  try {
    return (await parseDomFromString(text)).documentElement
  } catch {
    throw new AnswerFault('the answer is no XML')
  }
}

/** Returns the content that a signature of the root covers; undefined if none of the certificates made it. */
export async function verifiedXml(
  text: string,
  root: XmlElement,
  certificates: readonly string[],
): Promise<string | undefined> {
  const { getVerifiedXml } = await load()
  try {
    return getVerifiedXml(text, root, [...certificates]) ?? undefined
  } catch {
    return undefined
  }
}

/** Decrypts an `EncryptedAssertion`. */
export async function decryptXml(encrypted: XmlElement, key: string): Promise<string> {
  const library = await load()
  return library.decryptXml(String(encrypted), key)
}

/** Writes a document from the names of its elements, attributes (`@`) and texts (`#text`), which are escaped. */
export async function buildXml(content: Readonly<Record<string, unknown>>): Promise<string> {
  const { buildXmlBuilderObject } = await load()
  return buildXmlBuilderObject(content, false)
}

/** Signs the element at an XPath, with RSA and SHA-256. */
export async function signXml(text: string, path: string, { key, location }: Signing): Promise<string> {
  const library = await load()
  const algorithms = { signatureAlgorithm: 'sha256', digestAlgorithm: 'sha256' } as const
  return library.signXml(text, path, location, { privateKey: key, ...algorithms })
}

interface Signing {
  /** In PEM. */
  readonly key: string
  /** Where the signature goes. */
  readonly location: { readonly reference: string; readonly action: 'after' }
}

/** Lists the children of an element with a name. */
export function childrenOf(parent: XmlElement, namespace: string, name: string): XmlElement[] {
  return elementsIn(parent).filter((each) => each.namespaceURI === namespace && each.localName === name)
}

export function childOf(parent: XmlElement | undefined, namespace: string, name: string): XmlElement | undefined {
  return parent && childrenOf(parent, namespace, name)[0]
}

/**
 * Lists the elements below an element, each with its parent.
 *
 * Attack: elements within elements, thousands deep. So this is a loop, and no function that calls itself.
 */
export function descendantsOf(root: XmlElement): { readonly element: XmlElement; readonly parent: XmlElement }[] {
  const found = elementsIn(root).map((element) => ({ element, parent: root }))
  for (const { element } of found)
    found.push(...elementsIn(element).map((each) => ({ element: each, parent: element })))
  return found
}

function elementsIn(parent: XmlElement): XmlElement[] {
  return Array.from(parent.childNodes).filter((each): each is XmlElement => each.nodeType === 1)
}

export function attributeOf(element: XmlElement | undefined, name: string): string | undefined {
  return element?.hasAttribute(name) ? (element.getAttribute(name) ?? undefined) : undefined
}

export function textOf(element: XmlElement | undefined): string {
  return element?.textContent?.trim() ?? ''
}
