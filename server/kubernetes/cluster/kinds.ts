/** A kind of objects that live in namespaces, and where the API server serves it. */
export interface Kind {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
}

const kind = (apiVersion: string, name: string, plural: string): Kind => ({ apiVersion, kind: name, plural })

/** What declares a route. */
export const GAFAELFAWR_INGRESS = kind('gafaelfawr.lsst.io/v1alpha1', 'GafaelfawrIngress', 'gafaelfawringresses')
export const PROTECTED_ROUTE = kind('postern.dev/v1', 'ProtectedRoute', 'protectedroutes')
export const ROUTE_SOURCES = [GAFAELFAWR_INGRESS, PROTECTED_ROUTE]

/** What asks for the token of a service. */
export const GAFAELFAWR_SERVICE_TOKEN = kind(
  'gafaelfawr.lsst.io/v1alpha1',
  'GafaelfawrServiceToken',
  'gafaelfawrservicetokens',
)
export const SERVICE_TOKEN = kind('postern.dev/v1', 'ServiceToken', 'servicetokens')
export const TOKEN_SOURCES = [GAFAELFAWR_SERVICE_TOKEN, SERVICE_TOKEN]

/** What is made of routes. */
export const REFERENCE_GRANT = kind('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', 'referencegrants')
export const ROUTE_TARGETS = [
  kind('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  kind('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes'),
  kind('gateway.envoyproxy.io/v1alpha1', 'SecurityPolicy', 'securitypolicies'),
  kind('traefik.io/v1alpha1', 'Middleware', 'middlewares'),
]

export const SECRET = kind('v1', 'Secret', 'secrets')
export const SERVICE = kind('v1', 'Service', 'services')
export const LEASE = kind('coordination.k8s.io/v1', 'Lease', 'leases')
export const EVENT = kind('v1', 'Event', 'events')

/** The kind of an object that the operator makes. */
export function targetKind(name: string): Kind {
  const found = [...ROUTE_TARGETS, REFERENCE_GRANT].find((each) => each.kind === name)
  if (!found) throw new Error(`No kind ${name}`)
  return found
}

/** The path of a kind's objects, in one namespace or in all. */
export function pathOf({ apiVersion, plural }: Kind, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`
}
