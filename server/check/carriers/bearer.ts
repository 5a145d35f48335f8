import { Refusal } from '../../core/refusal.js'
import { parseToken } from '../../core/token.js'
import type { Carried } from './credential.js'

/** `Authorization: Bearer <token>` (RFC 6750, section 2.1). */
export function fromBearer(rest: string): Carried {
  return read(rest, 'bearer')
}

/** `Authorization: token <token>`, as MAST's scripts and JupyterHub's clients write it. */
export function fromTokenScheme(rest: string): Carried {
  return read(rest, 'token')
}

function read(rest: string, source: 'bearer' | 'token'): Carried {
  const token = parseToken(rest)
  return typeof token === 'string' ? new Refusal('invalid_token', token) : { source, token }
}
