import type { Digest } from '../core/token.js'
import type { TokenRecord } from '../core/token-record.js'

/** A token as a store has it: what it may do, and by what its secret is known. */
export interface StoredToken {
  readonly record: TokenRecord
  /** SHA-256 of the secret. */
  readonly digest: Digest
}
