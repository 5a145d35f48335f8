import { isNetwork } from '../access/ip-network.js'
import { redact } from '../redact.js'
import { isTokenKey, type TokenKey } from '../token/token.js'

/** The longest search. */
const MAX_LENGTH = 200

/** A token, also one that is too long or cut off: a part of its secret is a secret, too. */
const TOKEN = /gt-([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])/i

/**
 * Reduces a typed text to one that an address may have: of a token in it, also among other text or over two lines, only the
 * key is left, and of any other secret nothing.
 *
 * Attack: an administrator pastes a leaked token into the search. Addresses are kept by the browser, logged by proxies, and
 * sent to colleagues.
 */
export function searchQuery(text: string, most = MAX_LENGTH): string {
  const plain = text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  const [, key] = TOKEN.exec(plain) ?? TOKEN.exec(plain.replaceAll(' ', '')) ?? []
  return key ?? redact(plain).slice(0, most).trimEnd()
}

/** The things that a query can name. */
export interface SearchTerms {
  /** In parts of names and addresses of e-mail. */
  readonly text: string
  readonly key?: TokenKey
  /** An address, or a network in CIDR form. */
  readonly network?: string
}

/** Reads what a query, from {@link searchQuery}, can name. */
export function searchTerms(query: string): SearchTerms {
  return {
    text: query,
    ...(isTokenKey(query) && { key: query }),
    ...(isNetwork(query) && { network: query }),
  }
}
