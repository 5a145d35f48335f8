import { Refusal } from '../core/access/refusal.js'
import { parseToken } from '../core/token/token.js'
import { fromBasic } from './carriers/basic.js'
import type { CarrierResult } from './carriers/credential.js'

/** Every scheme that may carry a token (scheme names know no case: RFC 9110, section 11.1). */
const SCHEMES: Readonly<Record<string, (rest: string) => CarrierResult>> = {
  bearer: fromBearer,
  token: fromTokenScheme,
  basic: fromBasic,
}

/** The schemes that mean nothing by themselves; the others are malformed without something after them. */
const MAY_BE_EMPTY = new Set(['token'])

/** What may be quoted back: a scheme's name and nothing that somebody may have put in its place by mistake. */
const QUOTABLE = /^[A-Za-z][A-Za-z0-9-]{0,19}$/

/** The credential of an `Authorization` header. An empty header is none. */
export function fromAuthorization(header: string | undefined): CarrierResult {
  if (header === undefined) return undefined
  // As nearly everybody writes it; it comes to the same as below.
  if (header.startsWith('Bearer gt-')) return fromBearer(header.slice('Bearer '.length).trim())
  const { scheme, rest } = splitAuthorization(header)
  const name = scheme.toLowerCase()
  if (scheme === '') return undefined
  if (rest === '' && !MAY_BE_EMPTY.has(name)) return new Refusal('invalid_request')
  const carrier = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined
  if (carrier) return carrier(rest)
  const quoted = QUOTABLE.test(scheme) ? ` ${scheme}` : ''
  return new Refusal('invalid_request', `Unknown Authorization type${quoted}`)
}

/** Scheme and the rest, at the first white space. By hand: a pattern for it takes seconds over a header of spaces. */
export function splitAuthorization(header: string): { readonly scheme: string; readonly rest: string } {
  const text = header.trim()
  const space = text.search(/\s/)
  if (space < 0) return { scheme: text, rest: '' }
  return { scheme: text.slice(0, space), rest: text.slice(space).trim() }
}

/** `Authorization: Bearer <token>` (RFC 6750, section 2.1). */
export function fromBearer(rest: string): CarrierResult {
  return read(rest, 'bearer')
}

/** What programs write that have no token and do not notice: no credential, rather than a bad one. */
const NOTHING = new Set(['', 'None', 'null', 'undefined'])

/** `Authorization: token <token>`, as MAST's scripts and JupyterHub's clients write it. */
export function fromTokenScheme(rest: string): CarrierResult {
  return NOTHING.has(rest) ? undefined : read(rest, 'token')
}

function read(rest: string, source: 'bearer' | 'token'): CarrierResult {
  const token = parseToken(rest)
  return typeof token === 'string' ? new Refusal('invalid_token', token) : { source, token }
}
