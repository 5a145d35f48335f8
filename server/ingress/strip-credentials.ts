import { splitAuthorization } from '../authn/authorization-header.js'
import { decodeBasic } from '../authn/carriers/basic.js'
import { isOurCookie } from '../core/access/cookie-names.js'
import { resemblesToken } from '../core/pasted-token.js'
import { type ForeignAlgorithm, hasForeignForm } from '../core/token/foreign/foreign-token.js'

/** The credentials of a request that are forwarded to the service: all but ours. */
export interface ForwardedCredentials {
  readonly authorization: readonly string[]
  readonly cookie: readonly string[]
}

export const NO_FORWARDED_CREDENTIALS: ForwardedCredentials = { authorization: [], cookie: [] }

/** All lines of either header, as in `headersDistinct`. */
interface CredentialLines {
  readonly authorization?: readonly string[] | undefined
  readonly cookie?: readonly string[] | undefined
}

/**
 * Removes our tokens from the credentials that a client sent, from every line of either header.
 *
 * Attack: a service that sees a token can act as its user at every other service.
 *
 * Where tokens of other systems are taken, what has their form is removed, too: which of them is valid is not known here.
 */
export function stripCredentials(
  { authorization = [], cookie = [] }: CredentialLines,
  { tokenCookies, foreignTokens }: CarriedTokens,
): ForwardedCredentials {
  const isOurs = (name: string) => isOurCookie(name) || tokenCookies.includes(name)
  return {
    authorization: authorization.filter(
      (line) => line !== '' && !holdsToken(line) && !(foreignTokens.length > 0 && holdsForeign(line)),
    ),
    cookie: cookie.map((line) => without(isOurs, line)).filter((line) => line !== ''),
  }
}

/** The settings of what a request may carry. */
interface CarriedTokens {
  /** Cookies besides our own that may hold a token. */
  readonly tokenCookies: readonly string[]
  readonly foreignTokens: readonly ForeignAlgorithm[]
}

type IsOurs = (cookie: string) => boolean

/**
 * Returns whether a header contains a token, even if it is malformed or was not used.
 *
 * Attack: of a token that was copied without its last character, a service has four to try.
 */
function holdsToken(line: string): boolean {
  if (resemblesToken(line)) return true
  const { scheme, rest } = splitAuthorization(line)
  return scheme.toLowerCase() === 'basic' && resemblesToken(decodeBasic(rest))
}

function holdsForeign(line: string): boolean {
  const { scheme, rest } = splitAuthorization(line)
  const name = scheme.toLowerCase()
  if (name === 'basic') return fieldsOf(decodeBasic(rest)).some(hasForeignForm)
  return (name === 'bearer' || name === 'token') && hasForeignForm(rest)
}

function fieldsOf(decoded: string): readonly string[] {
  const colon = decoded.indexOf(':')
  return [decoded.slice(0, Math.max(colon, 0)), decoded.slice(colon + 1)]
}

function without(isOurs: IsOurs, line: string): string {
  return line
    .split(/;\s*/)
    .filter((pair) => !isNamed(isOurs, pair))
    .join('; ')
}

/** Matches each part between commas, too: some proxies join several `Cookie` lines with a comma. */
function isNamed(isOurs: IsOurs, pair: string): boolean {
  return pair.split(',').some((part) => isOurs(part.split('=', 1)[0]?.trim() ?? ''))
}
