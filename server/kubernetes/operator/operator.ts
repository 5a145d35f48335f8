import { LabelledCounter } from '../../core/counters.js'
import { Leadership } from './leadership.js'
import type { ListTime, OperatorOptions, ServiceTokenState } from './parts.js'

/** Makes of the resources of a cluster what they ask for, while it leads. */
export class Operator {
  /** Reconciles by the kind of the resource, and `done` or `failed`. */
  readonly reconciles = new LabelledCounter()
  readonly #options: OperatorOptions
  #leadership: Leadership | undefined

  constructor(options: OperatorOptions) {
    this.#options = options
  }

  /** How many resources wait for their turn. */
  get waiting(): number {
    return this.#leadership?.waiting ?? 0
  }

  /** Of each kind that the cluster has; none while another operator leads. */
  lists(): readonly ListTime[] {
    return this.#leadership?.lists() ?? []
  }

  /** The tokens of services; none while another operator leads. */
  serviceTokens(): readonly ServiceTokenState[] {
    return this.#leadership?.serviceTokens() ?? []
  }

  /** Leads until the signal, and then writes no more. */
  async lead(signal: AbortSignal): Promise<void> {
    this.#leadership = new Leadership(this.#options, this.reconciles, signal)
    try {
      await this.#leadership.run()
    } finally {
      this.#leadership = undefined
    }
  }
}
