import type { Logger } from 'pino'
import type { Clock, EpochSeconds } from '../../core/time.js'
import type { Settings } from '../../settings/schema.js'
import type { ApiClient } from '../cluster/api-client.js'
import type { TokenKeeper } from '../service-tokens/token-keeper.js'

/** What the parts of the operator have in common. */
export interface OperatorParts {
  /** While it leads: refuses every request once it leads no more. */
  readonly api: ApiClient
  readonly settings: Settings
  readonly log: Logger
  readonly clock: Clock
}

/** An operator, whether it leads or not. */
export interface OperatorOptions extends OperatorParts {
  /** Undefined: all of the cluster. */
  readonly namespaces?: readonly string[] | undefined
  /** Without it, no object that asks for a service token is looked at. */
  readonly keeper?: TokenKeeper | undefined
  /** Milliseconds between two lists of all; ten minutes when not given. */
  readonly relistMs?: number
}

/** When a kind of resources was last listed as a whole, by `performance.now()`. */
export interface ListTime {
  readonly kind: string
  readonly at: number | undefined
}

/** The token of a service, as the status of its resource has it. */
export interface ServiceTokenState {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Absent where it does not end. */
  readonly expires: EpochSeconds | undefined
  /** At most an hour late; absent where it was not used. */
  readonly lastUsed: EpochSeconds | undefined
}
