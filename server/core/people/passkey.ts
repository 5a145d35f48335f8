import type { EpochSeconds } from '../time.js'
import { containsToken } from '../token/token.js'
import { MAXIMUM_NAME_LENGTH } from './identifiers.js'
import { cleanTokenName, isTokenName } from './token-name.js'

/** A passkey of a local account: a WebAuthn credential, whose private key its authenticator keeps. */
export interface Passkey {
  /** The credential's identifier, base64url. */
  readonly id: string
  readonly username: string
  /** COSE_Key (RFC 9052). */
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** Signatures that the authenticator has counted; 0 where it counts none. */
  readonly counter: number
  readonly transports: readonly string[]
  /** As its user calls it. */
  readonly name: string
  readonly created: EpochSeconds
  readonly lastUsed?: EpochSeconds
}

/** Passkeys that an account has at most. */
export const MOST_PASSKEYS = 20

/**
 * Returns the name of a passkey as it is stored: as a token's name, but cut where it is too long, and left out where it cannot
 * be shown. The ceremony is over when the name is read, and a refusal would waste it.
 */
export function passkeyName(text: string): string {
  const whole = cleanTokenName(text.replace(/\s+/g, ' '))
  const cut = cleanTokenName([...whole].slice(0, MAXIMUM_NAME_LENGTH).join(''))
  // The whole text: half of a token's secret is a secret, too.
  return isTokenName(cut) && !containsToken(whole) ? cut : 'Passkey'
}
