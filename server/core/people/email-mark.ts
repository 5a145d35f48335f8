import { normalEmail } from './email.js'

/** The claims of one source: the ID token, or UserInfo. */
type Claims = Readonly<Record<string, unknown>>

/** OpenID Connect Core 1.0 §5.1: the mark speaks of this claim. */
const MARKED_CLAIM = 'email'

/**
 * Reads `email_verified` as providers send it: also as text (Amazon Cognito), or as a number.
 *
 * @returns undefined when the provider does not say
 */
export function readEmailMark(claim: unknown): boolean | undefined {
  if (claim === undefined || claim === null || claim === '') return undefined
  return claim === true || claim === 1 || (typeof claim === 'string' && /^(?:true|1)$/i.test(claim.trim()))
}

/**
 * Returns whether the provider marks the address in a claim as verified; undefined when it does not say.
 *
 * Attack: the site reads addresses from a claim that users edit themselves, and the mark is of another one. It counts for the
 * address that it speaks of alone.
 *
 * @param emailClaim the claim that the site reads addresses from
 */
export function emailMarkOf(claims: Claims, emailClaim: string): boolean | undefined {
  const marked = claims[MARKED_CLAIM]
  const isMarked = marked === undefined || isSameEmail(marked, claims[emailClaim])
  return isMarked ? readEmailMark(claims.email_verified) : undefined
}

/**
 * Adds the claims of UserInfo to those of an ID token, which are signed and take precedence.
 *
 * Attack: the mark of one address would verify another. It is taken from the source of the address, and from the other source
 * only where that names the same address.
 */
export function mergeClaims(idToken: Claims, userInfo: Claims, emailClaim: string): Claims {
  const { email_verified: _signed, ...signed } = idToken
  const { email_verified: _further, ...further } = userInfo
  const [own, other] = signed[emailClaim] === undefined ? [userInfo, idToken] : [idToken, userInfo]
  const mark =
    own.email_verified ?? (isSameEmail(own[emailClaim], other[emailClaim]) ? other.email_verified : undefined)
  return { ...further, ...signed, ...(mark !== undefined && { email_verified: mark }) }
}

function isSameEmail(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false
  const email = normalEmail(one)
  return email !== undefined && email === normalEmail(other)
}
