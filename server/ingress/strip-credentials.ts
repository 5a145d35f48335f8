import { splitAuthorization } from '../authn/authorization-header.js'
import { decodeBasic } from '../authn/carriers/basic.js'
import { isOurCookie } from '../core/access/cookie-names.js'
import { resemblesToken } from '../core/pasted-token.js'

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
 * @param tokenCookies cookies besides our own that may hold a token
 */
export function stripCredentials(
  { authorization = [], cookie = [] }: CredentialLines,
  tokenCookies: readonly string[],
): ForwardedCredentials {
  const isOurs = (name: string) => isOurCookie(name) || tokenCookies.includes(name)
  return {
    authorization: authorization.filter((line) => line !== '' && !holdsToken(line)),
    cookie: cookie.map((line) => without(isOurs, line)).filter((line) => line !== ''),
  }
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
