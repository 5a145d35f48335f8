import type { TokenRecord } from '../../../core/token/record.js'

/** A token of another site, as its source has it. */
export interface ImportedToken {
  readonly record: TokenRecord
  /** SHA-256 of the secret. */
  readonly secretHash: Uint8Array
}
