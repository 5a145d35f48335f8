import type { OidcSettings } from '../../../settings/providers.js'
import { SignInFailure } from '../../failure.js'
import type { Identity } from '../provider.js'

/** What a provider says of somebody: an ID token's claims, and UserInfo's. Any of them may be of any form. */
export type Claims = Readonly<Record<string, unknown>>

const LARGEST_ID = 2 ** 31 - 1
const MAX_TEXT_LENGTH = 256

/** The claims that the site goes by. */
export function claimsWanted(settings: OidcSettings): string[] {
  const { usernameClaim, nameClaim, emailClaim, groupsClaim, uidClaim, gidClaim } = settings
  return [usernameClaim, nameClaim, emailClaim, groupsClaim, uidClaim, gidClaim].filter((each) => each !== undefined)
}

/** Reads somebody's description. A claim of another form than it should have is as good as none. */
export function identityFromClaims(claims: Claims, settings: OidcSettings): Identity | SignInFailure {
  const { usernameClaim, usernameDomain, enrollmentUrl } = settings
  const given = claims[usernameClaim]
  if (given === undefined || given === null || given === '')
    return new SignInFailure('not_enrolled', `there is no claim ${usernameClaim}`, enrollmentUrl)
  // Of several names none is the name: to choose one would be to let somebody choose whom to be.
  if (typeof given !== 'string')
    return new SignInFailure('unusable_username', `the claim ${usernameClaim} is not one text`)
  const username = usernameDomain === undefined ? given : withoutDomain(given, usernameDomain)
  if (username === undefined)
    return new SignInFailure('unusable_username', `the claim ${usernameClaim} does not end in @${usernameDomain}`)
  const name = textOf(claims[settings.nameClaim])
  const email = textOf(claims[settings.emailClaim])
  const uid = idOf(settings.uidClaim && claims[settings.uidClaim])
  const gid = idOf(settings.gidClaim && claims[settings.gidClaim])
  return {
    username,
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(email !== undefined && claims.email_verified === true && { emailVerified: true }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(settings.groupsClaim !== undefined && { groups: groupsOf(claims[settings.groupsClaim]) }),
  }
}

/** Whoever has a name at another domain is somebody else. */
function withoutDomain(text: string, domain: string): string | undefined {
  const end = `@${domain}`.toLowerCase()
  return text.toLowerCase().endsWith(end) ? text.slice(0, -end.length) : undefined
}

function textOf(claim: unknown): string | undefined {
  if (typeof claim !== 'string') return undefined
  const text = claim
    .replace(/[\p{Cc}\p{Cs}]/gu, '')
    .trim()
    .slice(0, MAX_TEXT_LENGTH)
  return text === '' ? undefined : text
}

function idOf(claim: unknown): number | undefined {
  const id = typeof claim === 'string' && /^\d{1,10}$/.test(claim) ? Number(claim) : claim
  return typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= LARGEST_ID ? id : undefined
}

/** Names; or CILogon's objects of a name and a number. Keycloak writes a group with its path: `/users`. */
function groupsOf(claim: unknown): { name: string; id?: number }[] {
  const list: unknown[] = Array.isArray(claim) ? claim : [claim]
  return list.flatMap((each) => {
    if (typeof each === 'string') return [{ name: each.replace(/^\//, '') }]
    if (typeof each !== 'object' || each === null) return []
    const { name, id } = each as { name?: unknown; id?: unknown }
    const number = idOf(id)
    return typeof name === 'string' ? [{ name, ...(number !== undefined && { id: number }) }] : []
  })
}
