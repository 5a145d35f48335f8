import type { Manifest } from '../manifest.js'
import { covers } from './covers.js'
import { idOf, type StandingObject } from './standing.js'

/** One request to the API server. */
export type Step =
  | { readonly does: 'apply'; readonly object: Manifest }
  | { readonly does: 'remove'; readonly object: StandingObject }

/** The kinds that lead requests to a service; the others protect these. */
const ROUTES: ReadonlySet<string> = new Set(['Ingress', 'HTTPRoute'])

/** Whether requests reach a service by this object. */
export function isRoute({ kind }: { readonly kind: string }): boolean {
  return ROUTES.has(kind)
}

/**
 * The requests that lead from what stands to what is wanted, in an order in which no route is open in between: protection
 * stands before its route, and goes after it. A run that breaks off leaves a route too few, and none unprotected.
 *
 * @param standing all that was made for the same resource
 * @param isApplied whether the operator's last request for an object said the same, so that no field of an earlier one is left
 */
export function plan(
  wanted: readonly Manifest[],
  standing: readonly StandingObject[],
  isApplied: (object: Manifest) => boolean,
): Step[] {
  const stands = new Map(standing.map((each) => [idOf(each), each]))
  const isDone = (object: Manifest) => standsAs(stands.get(idOf(object)), object) && isApplied(object)
  const apply = (objects: readonly Manifest[]): Step[] => objects.map((object) => ({ does: 'apply', object }))
  const undone = (objects: readonly Manifest[]) => apply(objects.filter((each) => !isDone(each)))
  const remove = (objects: readonly StandingObject[]): Step[] => objects.map((object) => ({ does: 'remove', object }))
  const ids = new Set(wanted.map(idOf))
  const stale = standing.filter((each) => !ids.has(idOf(each)))
  const staleRoutes = stale.filter(isRoute)
  const lasting = standing.filter((each) => ids.has(idOf(each)))
  const protection = wanted.filter((each) => !isRoute(each))
  const meanwhile = protection.map((each) => outlives(alsoFor(each, staleRoutes), standing))
  const after = protection.map((each) => outlives(each, lasting))
  return [
    ...undone(meanwhile),
    ...undone(wanted.filter(isRoute)),
    ...remove(staleRoutes),
    ...apply(after.filter((each, index) => JSON.stringify(each) !== JSON.stringify(meanwhile[index]))),
    ...remove(stale.filter((each) => !isRoute(each))),
  ]
}

/** Whether an object has all that is wanted of it, and the owners in whichever order. */
function standsAs(standing: StandingObject | undefined, { metadata, ...rest }: Manifest): boolean {
  const { ownerReferences = [], ...more } = metadata
  const owners = new Map(standing?.metadata.ownerReferences?.map((each) => [each.uid, each]))
  return (
    ownerReferences.every((each) => covers(owners.get(each.uid), each)) && covers(standing, { ...rest, metadata: more })
  )
}

/**
 * Has protection belong to its routes besides: the garbage collector takes it when the last of its owners is gone.
 *
 * Attack: a resource is deleted while the operator is away. The collector takes a policy before its route, and the service is open
 * until the route is gone. No owner waits for the policy either, or a deletion in the foreground would take it first.
 */
function outlives(object: Manifest, standing: readonly StandingObject[]): Manifest {
  const { ownerReferences } = object.metadata
  const routes = standing.filter(({ kind }) => kind === 'HTTPRoute')
  if (!ownerReferences || routes.length === 0) return object
  const owners = [
    ...ownerReferences,
    ...routes.map(({ apiVersion, kind, metadata: { name, uid } }) => ({ apiVersion, kind, name, uid })),
  ]
  const waitingForNone = owners.map((each) => ({ ...each, blockOwnerDeletion: false }))
  return { ...object, metadata: { ...object.metadata, ownerReferences: waitingForNone } }
}

/** A policy that names its routes names those, too, that still stand: without it they would be open until they are gone. */
function alsoFor(object: Manifest, staleRoutes: readonly StandingObject[]): Manifest {
  const { spec } = object
  const names = staleRoutes.filter(({ kind }) => kind === 'HTTPRoute').map(({ metadata }) => metadata.name)
  if (names.length === 0 || !hasTargets(spec)) return object
  const [first] = spec.targetRefs
  const more = names.map((name) => ({ ...first, name }))
  return { ...object, spec: { ...spec, targetRefs: [...spec.targetRefs, ...more] } }
}

function hasTargets(spec: unknown): spec is { readonly targetRefs: readonly object[] } {
  return typeof spec === 'object' && spec !== null && 'targetRefs' in spec && Array.isArray(spec.targetRefs)
}
