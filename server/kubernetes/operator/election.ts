import type { Logger } from 'pino'
import { z } from 'zod'
import {
  heldLease,
  LEASE_TIMES,
  type LeaseTimes,
  mayTake,
  type SeenLease,
  seeLease,
} from '../../core/kubernetes/operator/lease.js'
import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import type { ApiClient } from '../cluster/api-client.js'
import { ApiError } from '../cluster/api-error.js'
import { LEASE } from '../cluster/kinds.js'
import { createObject, getObject, type Place, patchObject } from '../cluster/objects.js'
import { pause } from '../cluster/pause.js'

export interface ElectionOptions {
  readonly api: ApiClient
  readonly place: Place
  /** The name of this candidate, of which there is no other. */
  readonly candidate: string
  readonly log: Logger
  readonly times?: LeaseTimes
  /** Leads until the signal; the next one begins only when this has settled, or the lease has run out. */
  readonly lead: (signal: AbortSignal) => Promise<void>
}

const spec = z.looseObject({
  holderIdentity: z.string().optional(),
  leaseDurationSeconds: z.number().optional(),
  acquireTime: z.string().optional(),
  renewTime: z.string().optional(),
  leaseTransitions: z.number().optional(),
})

/** Has one of several operators lead: the one that holds the Lease. */
export class Election {
  readonly #options: ElectionOptions
  readonly #times: LeaseTimes
  #seen: SeenLease | undefined
  #isLeader = false

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#times = options.times ?? LEASE_TIMES
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  /** Runs until the signal; then gives the lease up, so that the next one need not wait. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#options
    while (!signal.aborted) {
      const isHeld = await this.#attempt(signal).catch((error: Error) => {
        if (!signal.aborted) log.warn({ cause: error.message }, 'Kubernetes lease not reached')
        return false
      })
      if (isHeld) await this.#lead(signal)
      else await pause(this.#times.retry * (1 + Math.random() / 5), signal)
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const { lead, log } = this.#options
    const leading = new AbortController()
    const stop = () => leading.abort()
    signal.addEventListener('abort', stop)
    this.#isLeader = true
    log.info('Leading')
    const led = lead(leading.signal).finally(stop)
    await this.#renew(leading)
    this.#isLeader = false
    await led.catch((error: unknown) => log.error({ err: error }, 'Operator failed'))
    signal.removeEventListener('abort', stop)
    await this.#release().catch(() => undefined)
    log.info('No longer leading')
  }

  /** Renews until the lease is lost. A leader that cannot renew stops well before another may take its lease. */
  async #renew(leading: AbortController): Promise<void> {
    let renewed = performance.now()
    const watchdog = setInterval(() => {
      if (performance.now() - renewed > this.#times.deadline) leading.abort()
    }, this.#times.retry / 4)
    while (!leading.signal.aborted) {
      await pause(this.#times.retry, leading.signal)
      if (leading.signal.aborted) break
      const began = performance.now()
      try {
        if (await this.#attempt(leading.signal)) renewed = began
        else leading.abort()
      } catch (error) {
        this.#options.log.warn({ cause: (error as Error).message }, 'Kubernetes lease not renewed')
      }
    }
    clearInterval(watchdog)
  }

  /** Takes the lease, or renews it. @returns whether this candidate holds it */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { place, candidate } = this.#options
    const api = this.#options.api.within(signal)
    const standing = await getObject(api, LEASE, place)
    if (!standing) return this.#create(api)
    const seen = seeLease(this.#seen, this.#read(standing), performance.now())
    this.#seen = seen
    if (!mayTake(seen, candidate, performance.now())) return false
    const held = heldLease(seen.spec, candidate, this.#times, Date.now())
    return this.#isWritten(() =>
      patchObject(api, LEASE, place, { metadata: { resourceVersion: seen.resourceVersion }, spec: held }),
    )
  }

  #create(api: ApiClient): Promise<boolean> {
    const { place, candidate } = this.#options
    const held = heldLease(undefined, candidate, this.#times, Date.now())
    return this.#isWritten(() => {
      const { apiVersion, kind } = LEASE
      return createObject(api, LEASE, { apiVersion, kind, metadata: { ...place }, spec: held })
    })
  }

  /** Another candidate may have been faster. */
  async #isWritten(write: () => Promise<StandingObject>): Promise<boolean> {
    try {
      this.#seen = seeLease(undefined, this.#read(await write()), performance.now())
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) return false
      throw error
    }
  }

  async #release(): Promise<void> {
    const { api, place, candidate } = this.#options
    const standing = await getObject(api, LEASE, place)
    if (!standing || this.#read(standing).spec.holderIdentity !== candidate) return
    const { resourceVersion } = standing.metadata
    await patchObject(api, LEASE, place, { metadata: { resourceVersion }, spec: { holderIdentity: null } })
  }

  #read({ spec: given, metadata }: StandingObject): Omit<SeenLease, 'since'> {
    return { spec: spec.parse(given ?? {}), resourceVersion: metadata.resourceVersion }
  }
}
