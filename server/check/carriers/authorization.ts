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

/** The credential of an `Authorization` header. */
export function fromAuthorization(header: string | undefined): Carried {
  if (header === undefined) return undefined
  const [, scheme, rest] = /^(\S+)\s+(\S.*)$/.exec(header) ?? []
  if (scheme === undefined || rest === undefined) return new Refusal('invalid_request')
  const carrier = Object.hasOwn(SCHEMES, scheme.toLowerCase()) ? SCHEMES[scheme.toLowerCase()] : undefined
  if (!carrier) return new Refusal('invalid_request', `Unknown Authorization type ${scheme}`)
  return carrier(rest.trimEnd())
}
