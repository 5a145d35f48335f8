import type { Confirmation, NameId, SamlAssertion } from '../../../core/people/saml/assertion.js'
import type { SamlAttribute } from '../../../core/people/saml/attributes.js'
import { type DecryptionKeys, findNameId } from './decrypt.js'
import { ASSERTION, attributeOf, childOf, childrenOf, descendantsOf, textOf, type XmlElement } from './xml.js'

/** Conditions whose meaning is known; a further use is refused in any case (SAML Core §2.5.1). */
const KNOWN = ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']

/**
 * Reads an assertion whose signature was verified.
 *
 * @param keys decrypt the name of the user, where the provider encrypts it
 * @throws AnswerFault
 */
export async function readAssertion(root: XmlElement, keys: DecryptionKeys): Promise<SamlAssertion> {
  const subject = childOf(root, ASSERTION, 'Subject')
  const nameId = readNameId(await findNameId(subject, keys))
  const conditions = childOf(root, ASSERTION, 'Conditions')
  const statement = childOf(root, ASSERTION, 'AuthnStatement')
  return {
    id: attributeOf(root, 'ID') ?? '',
    version: attributeOf(root, 'Version') ?? '',
    issuer: textOf(childOf(root, ASSERTION, 'Issuer')),
    issued: attributeOf(root, 'IssueInstant') ?? '',
    ...(nameId && { nameId }),
    confirmations: subject ? childrenOf(subject, ASSERTION, 'SubjectConfirmation').map(readConfirmation) : [],
    ...(conditions && { conditions: readConditions(conditions) }),
    ...(statement && { authentication: readStatement(statement) }),
    attributes: childrenOf(root, ASSERTION, 'AttributeStatement')
      .flatMap((each) => childrenOf(each, ASSERTION, 'Attribute'))
      .map(readAttribute),
  }
}

export function readNameId(element: XmlElement | undefined): NameId | undefined {
  const value = textOf(element)
  if (value === '') return undefined
  return {
    value,
    ...given(element, { format: 'Format', nameQualifier: 'NameQualifier', spNameQualifier: 'SPNameQualifier' }),
  }
}

function readConfirmation(element: XmlElement): Confirmation {
  const data = childOf(element, ASSERTION, 'SubjectConfirmationData')
  const names = {
    recipient: 'Recipient',
    inResponseTo: 'InResponseTo',
    notBefore: 'NotBefore',
    notOnOrAfter: 'NotOnOrAfter',
  } as const
  return { method: attributeOf(element, 'Method') ?? '', ...given(data, names) }
}

function readConditions(element: XmlElement): NonNullable<SamlAssertion['conditions']> {
  return {
    ...given(element, { notBefore: 'NotBefore', notOnOrAfter: 'NotOnOrAfter' }),
    audiences: childrenOf(element, ASSERTION, 'AudienceRestriction').map((each) =>
      childrenOf(each, ASSERTION, 'Audience').map(textOf),
    ),
    others: descendantsOf(element)
      .filter(({ element: each, parent }) => parent === element && !KNOWN.includes(each.localName))
      .map(({ element: each }) => each.localName),
  }
}

function readStatement(element: XmlElement): NonNullable<SamlAssertion['authentication']> {
  const context = childOf(element, ASSERTION, 'AuthnContext')
  const contextClass = textOf(childOf(context, ASSERTION, 'AuthnContextClassRef'))
  return {
    at: attributeOf(element, 'AuthnInstant') ?? '',
    ...(contextClass !== '' && { contextClass }),
    ...given(element, { sessionIndex: 'SessionIndex', sessionEnds: 'SessionNotOnOrAfter' }),
  }
}

function readAttribute(element: XmlElement): SamlAttribute {
  return {
    name: attributeOf(element, 'Name') ?? '',
    ...given(element, { friendlyName: 'FriendlyName' }),
    values: childrenOf(element, ASSERTION, 'AttributeValue')
      .map(textOf)
      .filter((each) => each !== ''),
  }
}

/** Reads the attributes of an element that are there, under names of ours. */
function given<K extends string>(
  element: XmlElement | undefined,
  names: Readonly<Record<K, string>>,
): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {}
  for (const ours in names) {
    const value = attributeOf(element, names[ours])
    if (value !== undefined) found[ours] = value
  }
  return found
}
