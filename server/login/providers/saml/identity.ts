import { attributeValues } from '../../../core/people/saml/attributes.js'
import type { SamlSettings } from '../../../settings/providers/saml.js'
import { SignInFailure } from '../../failure.js'
import { identityFromClaims } from '../oidc/claims.js'
import type { Identity } from '../provider.js'
import type { PendingAnswer } from './answers.js'
import { PERSISTENT } from './library.js'

/** The claims that the attributes become: all rules of names, addresses and groups are those of OpenID Connect. */
const CLAIMS = {
  usernameClaim: 'username',
  nameClaim: 'name',
  emailClaim: 'email',
  groupsClaim: 'groups',
  uidClaim: 'uid',
  gidClaim: 'gid',
} as const

type Answer = Pick<PendingAnswer, 'issuer' | 'nameId' | 'attributes'>

/** Reads an identity from an assertion. */
export function identityFromAssertion(answer: Answer, settings: SamlSettings): Identity | SignInFailure {
  const subject = subjectOf(answer, settings)
  if (subject instanceof SignInFailure) return subject
  const { usernameAttribute, groupsAttribute, enrollmentUrl } = settings
  const one = (name: string | undefined) => {
    const [first, ...more] = name === undefined ? [] : attributeValues(answer.attributes, name)
    return more.length === 0 ? first : undefined
  }
  const names = attributeValues(answer.attributes, usernameAttribute)
  if (names.length === 0)
    return new SignInFailure('not_enrolled', `there is no attribute ${usernameAttribute}`, { enrollmentUrl })
  // Attack: of several names the user could choose one that is another user's. So none is taken.
  if (names.length > 1)
    return new SignInFailure('unusable_username', `the attribute ${usernameAttribute} has several values`)
  const claims = {
    iss: answer.issuer,
    sub: subject,
    username: names[0],
    name: one(settings.nameAttribute),
    email: one(settings.emailAttribute),
    uid: one(settings.uidAttribute),
    gid: one(settings.gidAttribute),
    ...(groupsAttribute !== undefined && { groups: attributeValues(answer.attributes, groupsAttribute) }),
  }
  const groupsClaim = groupsAttribute === undefined ? undefined : CLAIMS.groupsClaim
  return identityFromClaims(claims, { ...settings, ...CLAIMS, groupsClaim })
}

/**
 * Returns what identifies the user for good: an attribute with one value, or the persistent NameID.
 *
 * Attack: a transient NameID, or an address as the NameID, is given to another user later. A provider that passes on the users of
 * others has two with one value, which differ by their qualifiers (SAML Core §8.3.7).
 */
function subjectOf(
  { issuer, nameId, attributes }: Answer,
  { identifierAttribute, spEntityId }: SamlSettings,
): string | SignInFailure {
  if (identifierAttribute !== undefined) {
    const [value, ...more] = attributeValues(attributes, identifierAttribute)
    if (value !== undefined && more.length === 0) return value
    return new SignInFailure('provider_failed', `the attribute ${identifierAttribute} has not one value`)
  }
  if (nameId?.format !== PERSISTENT)
    return new SignInFailure('provider_failed', 'the NameID is not persistent, and there is no identifierAttribute')
  const { value, nameQualifier = issuer, spNameQualifier = spEntityId } = nameId
  if (nameQualifier === issuer && spNameQualifier === spEntityId) return value
  return new SignInFailure(
    'provider_failed',
    'the NameID has a qualifier of others, and there is no identifierAttribute',
  )
}
