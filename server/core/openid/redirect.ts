import { HOST } from '../access/ip-network.js'
import { canParseUrl } from '../can-parse-url.js'

/** Hosts that are this machine itself (RFC 8252 §7.3). */
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** The rule for addresses to which a code is sent, as a sentence goes on. */
export const REDIRECT_RULE =
  'must be https, or http on this very machine, with no fragment, no user name and no ;parameters'

/** Addresses that {@link isRedirectUri} takes, for readers of a document. */
export const REDIRECT_URI =
  `^(?:[Hh][Tt][Tt][Pp][Ss]://${HOST}|http://(?:127\\.0\\.0\\.1|\\[::1\\]|localhost))(?::[0-9]{1,4})?` +
  '(?:/[\\x21\\x22\\x24-\\x3A\\x3C-\\x3E\\x40-\\x5B\\x5D-\\x7E]*)?(?:\\?[\\x21\\x22\\x24-\\x5B\\x5D-\\x7E]*)?$'

/** Returns whether an address may be registered: https; or http where no network is between (RFC 8252 §8.3). */
export function isRedirectUri(text: string): boolean {
  const url = parsed(text)
  if (!url || text.includes('#') || url.username !== '' || url.password !== '' || url.pathname.includes(';'))
    return false
  return url.protocol === 'https:' || isLoopback(url)
}

interface Registered {
  readonly redirectUris: readonly string[]
  readonly isPublic: boolean
}

/**
 * Decides whether a code may be sent to an address.
 *
 * It is registered as it is; or, by Gafaelfawr's rule, it is a registered https address of a client with a secret, but for the
 * query, which is free. A public client has no secret, so that the place is all that protects its code: nothing of it is
 * free but the port of a loopback address, which its program does not choose (RFC 8252 §7.3).
 *
 * Attack: `https://client.example/callback;x`, `https://client.example\@evil.example/` or `https://client.example/callback/../x`
 * is one address here and another in the browser. The text before the query must be that of the registration.
 */
export function isRedirectAllowed({ redirectUris, isPublic }: Registered, asked: string): boolean {
  if (redirectUris.includes(asked)) return true
  const url = parsed(asked)
  if (!url || asked.includes('#')) return false
  if (!isPublic) return url.protocol === 'https:' && redirectUris.includes(asked.replace(/\?.*$/s, ''))
  return isLoopback(url) && redirectUris.some((each) => withoutPort(each) === withoutPort(asked))
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && LOOPBACK.has(hostname)
}

/** The text without the port of a loopback address; undefined for another one. */
function withoutPort(text: string): string | undefined {
  const url = parsed(text)
  return url && isLoopback(url) ? text.replace(/^(http:\/\/(?:\[::1\]|[^/:?#@]+)):\d+/i, '$1') : undefined
}

/** Parses an address without characters on which parsers differ. */
function parsed(text: string): URL | undefined {
  return /^[\x21-\x5b\x5d-\x7e]+$/.test(text) && canParseUrl(text) ? new URL(text) : undefined
}
