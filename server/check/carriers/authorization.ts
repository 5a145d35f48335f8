import { Refusal } from '../../core/refusal.js'
import { fromBasic } from './basic.js'
import { fromBearer, fromTokenScheme } from './bearer.js'
import type { Carried } from './credential.js'

/** Every scheme that may carry a token (scheme names know no case: RFC 9110, section 11.1). */
const SCHEMES: Readonly<Record<string, (rest: string) => Carried>> = {
  bearer: fromBearer,
  token: fromTokenScheme,
  basic: fromBasic,
}

/** The schemes that mean nothing by themselves; the others are malformed without something after them. */
const MAY_BE_EMPTY = new Set(['token'])

/** The credential of an `Authorization` header. An empty header is none. */
export function fromAuthorization(header: string | undefined): Carried {
  if (header === undefined || header.trim() === '') return undefined
  const [, scheme = '', rest = ''] = /^(\S+)(?:\s+(\S.*?)?)?\s*$/.exec(header) ?? []
  const name = scheme.toLowerCase()
  if (rest === '' && !MAY_BE_EMPTY.has(name)) return new Refusal('invalid_request')
  const carrier = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined
  return carrier ? carrier(rest) : new Refusal('invalid_request', `Unknown Authorization type ${scheme}`)
}
