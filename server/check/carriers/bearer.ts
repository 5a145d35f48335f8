import { Refusal } from '../../core/refusal.js'
import { parseToken } from '../../core/token.js'
import type { Carried } from './credential.js'

/** `Authorization: Bearer <token>` (RFC 6750, section 2.1). */
export function fromBearer(rest: string): Carried {
  return read(rest, 'bearer')
}

/** What programs write that have no token and do not notice: no credential, rather than a bad one. */
const NOTHING = new Set(['', 'None', 'null', 'undefined'])

/** `Authorization: token <token>`, as MAST's scripts and JupyterHub's clients write it. */
export function fromTokenScheme(rest: string): Carried {
  return NOTHING.has(rest) ? undefined : read(rest, 'token')
}

function read(rest: string, source: 'bearer' | 'token'): Carried {
  const token = parseToken(rest)
  return typeof token === 'string' ? new Refusal('invalid_token', token) : { source, token }
}
