import { parseCookie } from 'cookie'
import { parseToken } from '../../core/token.js'
import type { Credential } from './credential.js'

export const SESSION_COOKIE = 'postern'

/** The session cookie. One that holds no token is no credential at all: browsers keep cookies longer than they mean. */
export function fromCookie(cookieHeader: string | undefined): Credential | undefined {
  if (!cookieHeader?.includes(SESSION_COOKIE)) return undefined
  const token = parseToken(parseCookie(cookieHeader)[SESSION_COOKIE] ?? '')
  return typeof token === 'string' ? undefined : { source: 'cookie', token }
}
