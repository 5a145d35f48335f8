import { splitAuthorization } from '../authn/authorization-header.js'
import { decodeBasic } from '../authn/carriers/basic.js'
import { isOurCookie } from '../core/access/cookie-names.js'
import { containsToken } from '../core/token/token.js'

/** What of a request's credentials may go on to the service: everything but ours. */
export interface ForwardedCredentials {
  readonly authorization: readonly string[]
  readonly cookie: readonly string[]
}

export const NO_FORWARDED_CREDENTIALS: ForwardedCredentials = { authorization: [], cookie: [] }

/** Every line of either header, as `headersDistinct` has them. */
interface CredentialLines {
  readonly authorization?: readonly string[] | undefined
  readonly cookie?: readonly string[] | undefined
}

/**
 * Takes our tokens out of the credentials that a client sent. A service that saw one could act as its user everywhere
 * else; so every line of either header is looked at, not only the one that was used.
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

/** A token in a header that is malformed, or that was not the one used, is still a token. */
function holdsToken(line: string): boolean {
  if (containsToken(line)) return true
  const { scheme, rest } = splitAuthorization(line)
  return scheme.toLowerCase() === 'basic' && containsToken(decodeBasic(rest))
}

function without(isOurs: IsOurs, line: string): string {
  return line
    .split(/;\s*/)
    .filter((pair) => !isNamed(isOurs, pair))
    .join('; ')
}

/** Some proxies join several `Cookie` lines with a comma, as if they were any other header: each part may be a cookie. */
function isNamed(isOurs: IsOurs, pair: string): boolean {
  return pair.split(',').some((part) => isOurs(part.split('=', 1)[0]?.trim() ?? ''))
}
