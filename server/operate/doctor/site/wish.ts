import type { EpochSeconds } from '../../../core/time.js'
import type { Secret } from '../../../core/token/secret.js'

/** What the doctor is to ask. */
export interface Wish {
  readonly url: URL
  readonly token?: Secret
  /** A path behind a check that the token passes. */
  readonly service?: string
  /** A path behind a check at which a WebSocket opens. */
  readonly webSocket?: string
  /** A word that no site has in its answers by itself. */
  readonly mark: string
  readonly clock: () => EpochSeconds
}
