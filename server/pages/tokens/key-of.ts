import type { Request } from 'express'
import { homeOf, isTokenKey, type TokenKey } from '../../core/token/token.js'

/** Returns the key in the address, if it can be a user token's. */
export function keyOf(request: Request): TokenKey | undefined {
  const { key } = request.params
  return typeof key === 'string' && isTokenKey(key) && homeOf(key) === 'postgres' ? key : undefined
}
