/** `spec` of a `coordination.k8s.io/v1` Lease. */
export interface LeaseSpec {
  readonly holderIdentity?: string | undefined
  readonly leaseDurationSeconds?: number | undefined
  readonly acquireTime?: string | undefined
  readonly renewTime?: string | undefined
  readonly leaseTransitions?: number | undefined
}

/** A lease, and when this candidate first saw it so, by its own clock: those of two machines differ. */
export interface SeenLease {
  readonly spec: LeaseSpec
  readonly resourceVersion: string
  /** Milliseconds. */
  readonly since: number
}

/** What candidates agree on, in milliseconds; those of Kubernetes' own components. */
export interface LeaseTimes {
  /** A lease that was not renewed for so long may be taken. */
  readonly duration: number
  /** A leader that could not renew for so long stops: before another may begin. */
  readonly deadline: number
  /** Between two attempts. */
  readonly retry: number
}

export const LEASE_TIMES: LeaseTimes = { duration: 15_000, deadline: 10_000, retry: 2_000 }

/** Notes what was read: as long as it stays the same, its time runs on. */
export function seeLease(
  before: SeenLease | undefined,
  { spec, resourceVersion }: Omit<SeenLease, 'since'>,
  now: number,
): SeenLease {
  return before?.resourceVersion === resourceVersion ? before : { spec, resourceVersion, since: now }
}

/** Whether a candidate may take a lease, or renew its own. */
export function mayTake({ spec, since }: SeenLease, candidate: string, now: number): boolean {
  if (!spec.holderIdentity || spec.holderIdentity === candidate) return true
  return now - since > (spec.leaseDurationSeconds ?? 0) * 1000
}

/** The lease as its holder writes it. @param at milliseconds since 1970 */
export function heldLease(
  before: LeaseSpec | undefined,
  holder: string,
  { duration }: LeaseTimes,
  at: number,
): LeaseSpec {
  const time = `${new Date(at).toISOString().slice(0, -1)}000Z`
  const isSame = before?.holderIdentity === holder
  const transitions = before?.leaseTransitions ?? 0
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(duration / 1000),
    acquireTime: isSame ? (before.acquireTime ?? time) : time,
    renewTime: time,
    leaseTransitions: before && !isSame ? transitions + 1 : transitions,
  }
}
