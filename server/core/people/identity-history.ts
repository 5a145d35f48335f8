import type { EpochSeconds } from '../time.js'
import type { Subject } from './identity.js'

/**
 * A change of which identity a user name belongs to: bound at a sign-in, released or bound to another one by an operator or
 * administrator, or confirmed to be the investigator that an archive names.
 */
export type IdentityAction = 'bind' | 'release' | 'rebind' | 'confirm'

/** One entry of the history of a user name's identity. */
export interface IdentityChange {
  readonly username: string
  readonly action: IdentityAction
  readonly provider: string
  /** The identity after the change. */
  readonly identity?: Subject
  /** The identity before it. */
  readonly old?: Subject
  readonly actor: string
  readonly address?: string
  readonly at: EpochSeconds
}
