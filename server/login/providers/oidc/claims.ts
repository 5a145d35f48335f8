import { emailMarkOf } from '../../../core/people/email-mark.js'
import { isUsername } from '../../../core/people/identifiers.js'
import { readPosixId, readProviderGroups } from '../../../core/people/provider-groups.js'
import { NoUsername, transformUsername } from '../../../core/people/transform-username.js'
import type { OidcSettings } from '../../../settings/providers.js'
import { SignInFailure, unusableUsername } from '../../failure.js'
import type { Identity } from '../provider.js'

/** The claims of an ID token and of UserInfo. None is validated. */
export type Claims = Readonly<Record<string, unknown>>

/** The settings by which claims become a user. */
type ClaimRules = Omit<
  OidcSettings,
  | 'id'
  | 'title'
  | 'issuer'
  | 'clientId'
  | 'clientSecret'
  | 'loginUrl'
  | 'tokenUrl'
  | 'loginParams'
  | 'scopes'
  | 'requireAcr'
>

const MAX_TEXT_LENGTH = 256

/** Lists the claims that the site uses. */
export function claimsWanted(settings: OidcSettings): string[] {
  const { usernameClaim, nameClaim, emailClaim, groupsClaim, uidClaim, gidClaim } = settings
  return [usernameClaim, nameClaim, emailClaim, groupsClaim, uidClaim, gidClaim].filter((each) => each !== undefined)
}

/** Reads an identity from claims. A claim of the wrong type is ignored. */
export function identityFromClaims(claims: Claims, settings: ClaimRules): Identity | SignInFailure {
  const { usernameClaim, enrollmentUrl } = settings
  const given = claims[usernameClaim]
  if (given === undefined || given === null || given === '')
    return new SignInFailure('not_enrolled', `there is no claim ${usernameClaim}`, { enrollmentUrl })
  // Attack: of several names the user could choose one that is another user's. So none is taken.
  if (typeof given !== 'string')
    return new SignInFailure('unusable_username', `the claim ${usernameClaim} is not one text`)
  const { iss, sub } = claims
  if (typeof iss !== 'string' || typeof sub !== 'string')
    return new SignInFailure('provider_failed', 'there is no claim iss or sub')
  const username = transformUsername(given, settings)
  if (username instanceof NoUsername) return unusableUsername(given, username.cause)
  if (!isUsername(username)) return unusableUsername(given)
  const name = textOf(claims[settings.nameClaim])
  const email = textOf(claims[settings.emailClaim])
  const uid = readPosixId(settings.uidClaim && claims[settings.uidClaim])
  const gid = readPosixId(settings.gidClaim && claims[settings.gidClaim])
  return {
    subject: { issuer: iss, subject: sub },
    username,
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(email !== undefined && isVerified(claims, settings) && { emailVerified: true }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(settings.groupsClaim !== undefined && readProviderGroups(claims[settings.groupsClaim], settings.groupNames)),
  }
}

/** A provider's own mark counts; `trustEmail` is for one that sends none. */
function isVerified(claims: Claims, { emailClaim, trustEmail }: ClaimRules): boolean {
  return emailMarkOf(claims, emailClaim) ?? trustEmail
}

function textOf(claim: unknown): string | undefined {
  if (typeof claim !== 'string') return undefined
  const text = claim
    .replace(/[\p{Cc}\p{Cs}]/gu, '')
    .trim()
    .slice(0, MAX_TEXT_LENGTH)
  return text === '' ? undefined : text
}
