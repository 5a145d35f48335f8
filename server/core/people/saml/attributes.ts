/** An attribute of an assertion (SAML Core §2.7.3.1). */
export interface SamlAttribute {
  readonly name: string
  readonly friendlyName?: string
  readonly values: readonly string[]
}

/**
 * The formal names of common attributes: eduPerson, LDAP's, and the SAML V2.0 Subject Identifier Attributes Profile. Providers send
 * these in `Name`, and operators know the short ones.
 */
// biome-ignore format: a table reads in columns
const FORMAL_NAMES: Readonly<Record<string, string>> = {
  eduPersonPrincipalName:    'urn:oid:1.3.6.1.4.1.5923.1.1.1.6',
  eduPersonEntitlement:      'urn:oid:1.3.6.1.4.1.5923.1.1.1.7',
  eduPersonScopedAffiliation:'urn:oid:1.3.6.1.4.1.5923.1.1.1.9',
  eduPersonTargetedID:       'urn:oid:1.3.6.1.4.1.5923.1.1.1.10',
  eduPersonUniqueId:         'urn:oid:1.3.6.1.4.1.5923.1.1.1.13',
  eduPersonOrcid:            'urn:oid:1.3.6.1.4.1.5923.1.1.1.16',
  isMemberOf:                'urn:oid:1.3.6.1.4.1.5923.1.5.1.1',
  uid:                       'urn:oid:0.9.2342.19200300.100.1.1',
  mail:                      'urn:oid:0.9.2342.19200300.100.1.3',
  displayName:               'urn:oid:2.16.840.1.113730.3.1.241',
  cn:                        'urn:oid:2.5.4.3',
  sn:                        'urn:oid:2.5.4.4',
  givenName:                 'urn:oid:2.5.4.42',
  uidNumber:                 'urn:oid:1.3.6.1.1.1.1.0',
  gidNumber:                 'urn:oid:1.3.6.1.1.1.1.1',
  'subject-id':              'urn:oasis:names:tc:SAML:attribute:subject-id',
  'pairwise-id':             'urn:oasis:names:tc:SAML:attribute:pairwise-id',
}

/**
 * Lists the values of an attribute: by its name, or by the formal name of a common one. Only where there is neither, by
 * `FriendlyName`, which has no meaning of its own (SAML Core §2.7.3.1).
 */
export function attributeValues(attributes: readonly SamlAttribute[], wanted: string): string[] {
  const names = [wanted, Object.hasOwn(FORMAL_NAMES, wanted) ? FORMAL_NAMES[wanted] : undefined]
  const named = attributes.filter(({ name }) => names.includes(name))
  const found = named.length > 0 ? named : attributes.filter(({ friendlyName }) => friendlyName === wanted)
  return [...new Set(found.flatMap(({ values }) => values))]
}
