import { parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'
import type { FieldProblem } from '../core/kubernetes/field-problem.js'
import type { GatewayKind } from '../core/kubernetes/gateway-site.js'
import type { Manifest } from '../core/kubernetes/manifest.js'
import { joinGrants } from '../core/kubernetes/targets/reference-grant.js'
import { wantedObjects } from '../core/kubernetes/wanted-objects.js'
import type { Settings } from '../settings/schema.js'
import { declaresRoute, readRoute } from './read-resource.js'
import { gatewaySite, type PortLookup } from './site.js'

/** The objects of a file's routes, and what is to be said of each resource. */
export interface Rendered {
  readonly objects: readonly Manifest[]
  readonly problems: readonly Remark[]
  readonly warnings: readonly Remark[]
}

/** A remark on a resource, which is named as kubectl does: `gafaelfawringress/tap`. */
export interface Remark extends FieldProblem {
  readonly resource: string
}

const service = z.looseObject({
  kind: z.literal('Service'),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
  spec: z.looseObject({ ports: z.array(z.looseObject({ name: z.string().optional(), port: z.number() })) }),
})
const anyObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})

/**
 * Makes the objects that the operator would make of the resources in YAML documents; other objects are passed over, but for
 * Services, whose ports have names. What is wrong is named with its place, and its resource makes nothing.
 *
 * @param gateway instead of the site's
 */
export function renderRoutes(yaml: string, settings: Settings, gateway?: GatewayKind): Rendered {
  const documents = parseAllDocuments(yaml, { logLevel: 'silent' })
  const wrong = documents.flatMap(({ errors }) =>
    errors.map(({ message }) => ({ resource: 'YAML', path: '', message })),
  )
  if (wrong.length > 0) return { objects: [], problems: wrong, warnings: [] }
  const resources = documents.map((each): unknown => each.toJS()).filter((each) => each !== null)
  const portOf = portsOf(resources)
  const made = new Map<string, Manifest>()
  const problems: Remark[] = []
  const warnings: Remark[] = []
  for (const resource of resources) {
    const head = anyObject.safeParse(resource)
    if (!head.success) {
      problems.push({
        resource: 'YAML',
        path: '',
        message: 'is no Kubernetes object: apiVersion, kind or metadata.name is missing',
      })
      continue
    }
    if (!declaresRoute(head.data)) continue
    const named = `${head.data.kind.toLowerCase()}/${head.data.metadata.name}`
    const remarks = (found: readonly FieldProblem[]) => found.map((each) => ({ resource: named, ...each }))
    const read = readRoute(resource)
    const wanted =
      'length' in read ? read : wantedObjects(read.route, gatewaySite(settings, portOf, gateway ?? read.gateway))
    if ('length' in wanted) problems.push(...remarks(wanted))
    else {
      warnings.push(...remarks(wanted.warnings))
      for (const object of wanted.objects) {
        const before = object.kind === 'ReferenceGrant' ? made.get(idOf(object)) : undefined
        made.set(idOf(object), joinGrants(before, object))
      }
    }
  }
  return { objects: [...made.values()], problems, warnings }
}

/** YAML documents, for `kubectl apply`: a text is one line, and nothing is an anchor, which is hard to review. */
export function printObjects(objects: readonly Manifest[]): string {
  return objects.map((each) => stringify(each, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n')
}

/** Routes of one namespace share a grant. */
function idOf({ apiVersion, kind, metadata }: Manifest): string {
  return [apiVersion, kind, metadata.namespace, metadata.name].join(' ')
}

function portsOf(resources: readonly unknown[]): PortLookup {
  const services = resources.map((each) => service.safeParse(each)).flatMap(({ data }) => (data ? [data] : []))
  return (namespace, name, port) =>
    services
      .find(({ metadata }) => metadata.name === name && (metadata.namespace ?? namespace) === namespace)
      ?.spec.ports.find((each) => each.name === port)?.port
}
