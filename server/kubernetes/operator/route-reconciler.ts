import { describeProblems, type FieldProblem } from '../../core/kubernetes/field-problem.js'
import { GATEWAYS, type GatewayKind } from '../../core/kubernetes/gateway-site.js'
import type { Manifest } from '../../core/kubernetes/manifest.js'
import type { Outcome } from '../../core/kubernetes/operator/condition.js'
import { isRoute, plan } from '../../core/kubernetes/operator/plan.js'
import { idOf, isMadeFor, type StandingObject } from '../../core/kubernetes/operator/standing.js'
import type { Made } from '../../core/kubernetes/targets/made.js'
import { wantedObjects } from '../../core/kubernetes/wanted-objects.js'
import { ApiError } from '../cluster/api-error.js'
import { targetKind } from '../cluster/kinds.js'
import { readRoute } from '../read-resource.js'
import { gatewaySite } from '../site.js'
import { Applier, type Taken } from './applier.js'
import type { Grants } from './grants.js'
import type { KindInformers, MadeObjects } from './informers.js'
import type { OperatorParts } from './parts.js'
import { Reporter } from './report.js'
import type { ServicePorts } from './service-ports.js'
import { removeKopf } from './take-over.js'

/** What a reconciler of routes needs besides. */
export interface RouteParts extends OperatorParts {
  readonly sources: readonly KindInformers[]
  readonly made: MadeObjects
  readonly ports: ServicePorts
  readonly grants: Grants
}

/** Makes of each route's resource what the site's gateway needs. */
export class RouteReconciler {
  readonly #parts: RouteParts
  readonly #applier: Applier
  readonly #reporter: Reporter
  /** The UIDs of resources, by `kind namespace/name`: of one that is gone, nothing else says what was made for it. */
  readonly #uids = new Map<string, string>()

  constructor(parts: RouteParts) {
    this.#parts = parts
    this.#applier = new Applier(parts)
    this.#reporter = new Reporter(parts)
  }

  /**
   * Has the objects of one resource be as they should. One that is wrong keeps what stands: a mistake neither opens a route nor
   * takes it away.
   *
   * @param id `kind namespace/name`
   */
  async reconcile(id: string): Promise<undefined> {
    const [kindName = '', key = ''] = id.split(' ')
    const source = this.#parts.sources.find(({ kind }) => kind.kind === kindName)
    const resource = source?.get(key)
    const before = this.#uids.get(id)
    if (before !== undefined && before !== resource?.metadata.uid) await this.#removeAll(id, before)
    if (!source || !resource) return
    await removeKopf(this.#parts, source.kind, resource)
    if (resource.metadata.deletionTimestamp) return
    this.#uids.set(id, resource.metadata.uid)
    const about = { kind: source.kind, resource }
    try {
      await this.#reporter.report(about, await this.#make(id, resource))
    } catch (error) {
      if (error instanceof ApiError && error.isLasting)
        await this.#reporter.report(about, { is: 'failed', message: error.message })
      throw error
    }
  }

  async #make(id: string, resource: StandingObject): Promise<Outcome> {
    const { made, grants, settings } = this.#parts
    let wanted = this.#wanted(id, resource)
    if ('length' in wanted) {
      // The first route that names a port has Services watched, and is judged when they are known.
      await this.#parts.ports.looked()
      wanted = this.#wanted(id, resource)
    }
    if ('length' in wanted) return { is: 'failed', message: describeProblems(wanted) }
    const { uid, namespace } = resource.metadata
    const own = wanted.objects.filter(({ kind }) => kind !== 'ReferenceGrant')
    const standing = made.madeFor(uid).filter((each) => isMadeFor(each, uid))
    if (own.length < wanted.objects.length)
      await grants.ensure(namespace, gatewayOf(resource, settings.kubernetes.gateway))
    const taken = await this.#take(own, standing)
    // Protection belongs to its routes as soon as these have a UID.
    const owned = taken.created.size > 0 ? await this.#take(own, [...taken.standing.values()]) : taken
    const subject = own.find(isRoute)?.kind ?? settings.kubernetes.gateway
    const warnings = describeProblems(wanted.warnings)
    return { is: outcomeOf(own, { ...taken, changes: taken.changes + owned.changes }), subject, warnings }
  }

  #take(wanted: readonly Manifest[], standing: readonly StandingObject[]): Promise<Taken> {
    return this.#applier.take(plan(wanted, standing, this.#applier.isApplied), targetKind, standing)
  }

  #wanted(id: string, resource: StandingObject): Made | FieldProblem[] {
    const { settings, ports } = this.#parts
    const read = readRoute(resource)
    return 'length' in read ? read : wantedObjects(read.route, gatewaySite(settings, ports.lookupFor(id), read.gateway))
  }

  /** The garbage collector would remove them as well, in an order of its own: a policy perhaps before its route. */
  async #removeAll(id: string, uid: string): Promise<void> {
    const { made, ports } = this.#parts
    const standing = made.madeFor(uid).filter((each) => isMadeFor(each, uid))
    await this.#take([], standing)
    ports.drop(id)
    this.#reporter.drop(uid)
    this.#uids.delete(id)
  }
}

function outcomeOf(own: readonly Manifest[], { created, changes }: Taken) {
  if (own.some((each) => isRoute(each) && created.has(idOf(each)))) return 'created'
  return changes > 0 ? 'updated' : 'unchanged'
}

/** The gateway that a resource names, wherever it is wrong besides. */
export function gatewayOf({ spec }: StandingObject, site: GatewayKind): GatewayKind {
  const named = typeof spec === 'object' && spec !== null && 'gateway' in spec ? spec.gateway : undefined
  return GATEWAYS.find((each) => each === named) ?? site
}
