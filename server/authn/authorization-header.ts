import { Refusal } from '../core/access/refusal.js'
import { parsePastedToken } from '../core/pasted-token.js'
import { NO_FOREIGN, type ReadForeign } from '../core/token/foreign/foreign-token.js'
import { parseToken } from '../core/token/token.js'
import { fromBasic } from './carriers/basic.js'
import type { CarrierResult } from './carriers/credential.js'

/** The schemes that may carry a token. RFC 9110 §11.1: scheme names are case-insensitive. */
const SCHEMES: Readonly<Record<string, (rest: string, foreign: ReadForeign) => CarrierResult>> = {
  bearer: fromBearer,
  token: fromTokenScheme,
  basic: fromBasic,
}

/** Schemes that may stand alone; the others are malformed without credentials. */
const MAY_BE_EMPTY = new Set(['token'])

/** Matches what may be quoted back: a scheme name, and not a secret that a client put in its place by mistake. */
const QUOTABLE = /^[A-Za-z][A-Za-z0-9-]{0,19}$/

const ASCII = /^[ -~]*$/

/** Reads the credential of an `Authorization` header. An empty header has none. */
export function fromAuthorization(header: string | undefined, foreign: ReadForeign = NO_FOREIGN): CarrierResult {
  if (header === undefined) return undefined
  // Shortcuts for the usual form; the code below returns the same.
  if (header.startsWith('Bearer gt-')) {
    const rest = header.slice('Bearer '.length)
    const token = parseToken(rest)
    return token instanceof Refusal ? fromBearer(rest.trim()) : { source: 'bearer', token }
  }
  const { scheme, rest } = splitAuthorization(header)
  const name = scheme.toLowerCase()
  if (scheme === '') return undefined
  if (rest === '' && !MAY_BE_EMPTY.has(name)) return new Refusal('invalid_request')
  const carrier = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined
  if (carrier) return carrier(rest, foreign)
  const quoted = QUOTABLE.test(scheme) ? ` ${scheme}` : ''
  return new Refusal('invalid_request', `Unknown Authorization type${quoted}`)
}

/**
 * Splits a header at the first white space.
 *
 * Attack: one regular expression for it takes seconds over a header of spaces.
 */
export function splitAuthorization(header: string): { readonly scheme: string; readonly rest: string } {
  const text = header.trim()
  const space = text.search(/\s/)
  if (space < 0) return { scheme: text, rest: '' }
  return { scheme: text.slice(0, space), rest: text.slice(space).trim() }
}

/** Reads `Authorization: Bearer <token>` (RFC 6750 §2.1). */
export function fromBearer(rest: string, foreign: ReadForeign = NO_FOREIGN): CarrierResult {
  return read(rest, 'bearer', foreign)
}

/** Values that scripts send when their token variable is unset: no credential, rather than a bad one. */
const UNSET = new Set(['', 'None', 'null', 'undefined'])

/** Reads `Authorization: token <token>`, as MAST's scripts and JupyterHub's clients send it. */
export function fromTokenScheme(rest: string, foreign: ReadForeign = NO_FOREIGN): CarrierResult {
  return UNSET.has(rest) ? undefined : read(rest, 'token', foreign)
}

function read(rest: string, source: 'bearer' | 'token', foreign: ReadForeign): CarrierResult {
  const own = parsePastedToken(inUtf8(rest))
  const token = own instanceof Refusal ? (foreign(rest) ?? own) : own
  return token instanceof Refusal ? token : { source, token }
}

/** Decodes what a client sent in UTF-8. Node reads headers as Latin-1, where an invisible character is three visible ones. */
function inUtf8(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8')
}
