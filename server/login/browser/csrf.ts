import { createHmac } from 'node:crypto'
import { equalInConstantTime } from '../../core/token/secret.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Keys } from '../../settings/keys.js'

/**
 * Derives the CSRF token of a session, which every form carries.
 *
 * Attack: another site makes the browser submit a form with the session cookie. That site cannot read our pages, and cannot
 * derive the token without our key.
 */
export function csrfToken(keys: Keys, session: TokenKey): string {
  return sign(keys.csrf[0], session)
}

export function csrfMatches(keys: Keys, session: TokenKey, presented: unknown): boolean {
  if (typeof presented !== 'string') return false
  return keys.csrf.some((key) => equalInConstantTime(sign(key, session), presented))
}

function sign(key: Uint8Array, session: TokenKey): string {
  return createHmac('sha256', key).update(session).digest('base64url')
}
