import { z } from 'zod'
import type { FieldProblem } from '../core/kubernetes/field-problem.js'
import { GAFAELFAWR, routeOfIngress } from '../core/kubernetes/gafaelfawr-ingress.js'
import { GATEWAYS, type GatewayKind } from '../core/kubernetes/gateway-site.js'
import type { Origin } from '../core/kubernetes/manifest.js'
import { POSTERN, routeOfResource } from '../core/kubernetes/protected-route.js'
import type { ProtectedRoute } from '../core/kubernetes/route.js'
import { duration } from '../settings/values.js'

/** A route that is read, and the gateway that the resource asks for. */
export interface ReadRoute {
  readonly route: ProtectedRoute
  readonly gateway?: GatewayKind | undefined
}

const name = z.string().min(1)
const texts = z.record(z.string(), z.string())
const port = z.union([z.strictObject({ number: z.number().int().min(1).max(65_535) }), z.strictObject({ name })])

const path = z.strictObject({
  path: z.string().startsWith('/', 'must begin with /'),
  pathType: z.enum(['Exact', 'ImplementationSpecific', 'Prefix']),
  backend: z.strictObject({ service: z.strictObject({ name, port }) }),
})

const routeSpec = {
  rules: z.array(z.strictObject({ host: name, http: z.strictObject({ paths: z.array(path).min(1) }) })).min(1),
  tls: z.array(z.strictObject({ hosts: z.array(name), secretName: name })).optional(),
}

const internal = z.strictObject({ service: name, scopes: z.array(z.string()) })

/** The model takes a duration where the CRD takes seconds. */
const seconds = duration

const ingress = z.strictObject({
  config: z.strictObject({
    allowCookies: z.boolean().optional(),
    allowOptions: z.boolean().optional(),
    authCacheDuration: z.string().optional(),
    authType: z.enum(['basic', 'bearer']).optional(),
    baseUrl: z.string().optional(),
    delegate: z
      .strictObject({
        notebook: z.looseObject({}).optional(),
        internal: internal.optional(),
        minimumLifetime: seconds.optional(),
        useAuthorization: z.boolean().optional(),
      })
      .optional(),
    loginRedirect: z.boolean().optional(),
    onlyServices: z.array(z.string()).optional(),
    replace403: z.boolean().optional(),
    scopes: z.union(
      [
        z.strictObject({ all: z.array(z.string()) }),
        z.strictObject({ any: z.array(z.string()) }),
        z.strictObject({ anonymous: z.literal(true) }),
      ],
      { error: 'must have one of all, any and anonymous: true' },
    ),
    service: z.string().optional(),
    userDomain: z.boolean().optional(),
    username: z.string().optional(),
  }),
  template: z.strictObject({
    metadata: z.strictObject({ name, annotations: texts.optional(), labels: texts.optional() }),
    spec: z.strictObject(routeSpec),
  }),
})

const access = z.strictObject({
  anonymous: z.boolean().optional(),
  scopes: z
    .strictObject({ all: z.array(z.string()).optional(), any: z.array(z.string()).min(1).optional() })
    .optional(),
  optional: z.enum(['False', 'True', 'Strict']).optional(),
  authType: z.enum(['Basic', 'Bearer', 'Both']).optional(),
  cookies: z
    .strictObject({
      session: z.boolean().optional(),
      names: z.array(name).optional(),
      sameOrigin: z.boolean().optional(),
    })
    .optional(),
  allowOptions: z.boolean().optional(),
  loginRedirect: z.boolean().optional(),
  denyAs: z.literal([401, 403, 404]).optional(),
  onlyServices: z.array(name).optional(),
  username: name.optional(),
  userDomain: z.boolean().optional(),
  service: name.optional(),
  minimumLifetime: z.number().int().positive().optional(),
  delegate: z
    .strictObject({
      notebook: z.strictObject({}).optional(),
      internal: internal.optional(),
      useAuthorization: z.boolean().optional(),
    })
    .optional(),
  programs: z
    .strictObject({
      ids: z.array(name).min(1).optional(),
      fromPath: z.boolean().optional(),
      fromParameter: name.optional(),
    })
    .optional(),
})

const protectedRoute = z.strictObject({
  spec: z.strictObject({
    access,
    gateway: z.enum(GATEWAYS).optional(),
    metadata: z
      .strictObject({ name: name.optional(), annotations: texts.optional(), labels: texts.optional() })
      .optional(),
    ...routeSpec,
  }),
})

/** What is read of each kind; the CRDs have the same fields. */
export const RESOURCE_FORMS = { GafaelfawrIngress: ingress, ProtectedRoute: protectedRoute } as const

const head = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name, namespace: name.optional(), uid: z.string().optional() }),
})

/** The kinds of resources that declare routes. */
export function declaresRoute({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
  return (
    (apiVersion === GAFAELFAWR && kind === 'GafaelfawrIngress') || (apiVersion === POSTERN && kind === 'ProtectedRoute')
  )
}

/** Reads a resource that declares a route; or names each of its mistakes. An API server has dropped what it does not know. */
export function readRoute(resource: unknown): ReadRoute | FieldProblem[] {
  const found = head.safeParse(resource)
  if (!found.success) return problemsOf(found.error)
  const { apiVersion, kind, metadata, status: _status, ...body } = found.data
  const { name: ownName, namespace = 'default', uid } = metadata
  const origin: Origin = { apiVersion, kind, name: ownName, namespace, uid }
  if (kind === 'GafaelfawrIngress') {
    const read = ingress.safeParse(body)
    if (!read.success) return problemsOf(read.error)
    const route = routeOfIngress({ origin, ...read.data })
    return 'length' in route ? route : { route }
  }
  const read = protectedRoute.safeParse(body)
  if (!read.success) return problemsOf(read.error)
  const route = routeOfResource({ origin, ...read.data })
  return 'length' in route ? route : { route, gateway: read.data.spec.gateway }
}

function problemsOf({ issues }: z.ZodError): FieldProblem[] {
  return issues.map(({ path: parts, message }) => ({ path: pathText(parts), message }))
}

/** `config.scopes.all[0]`. */
function pathText(parts: readonly PropertyKey[]): string {
  return parts
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}
