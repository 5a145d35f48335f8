import { createHmac } from 'node:crypto'
import { equalInConstantTime } from '../../core/token/secret.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Keys } from '../../settings/keys.js'

/**
 * The word that every form of a session carries. Another site can make a browser send a form here, cookie and all, but
 * it cannot read our pages, and the word cannot be worked out from the session's key without our own key.
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
