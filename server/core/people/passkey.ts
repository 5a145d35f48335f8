import type { EpochSeconds } from '../time.js'

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

const MAX_NAME_LENGTH = 64

/** Returns the name of a passkey as it is stored. */
export function passkeyName(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_NAME_LENGTH).trim() || 'Passkey'
}
