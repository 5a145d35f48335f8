/** Addresses whose rest is a requirement and the path of a service, which may hold what is not ours to export. */
const PREFIXES: readonly (readonly [prefix: string, route: string])[] = [
  ['/ingress/envoy/', '/ingress/envoy/{requirement}/{path}'],
  ['/ingress/gateway/', '/ingress/gateway/{requirement}'],
  ['/ingress/anonymous/', '/ingress/anonymous/{path}'],
]

const FIXED: ReadonlySet<string> = new Set([
  ...['/ingress/auth', '/ingress/forward', '/ingress/anonymous'],
  ...['/health', '/health/live', '/health/ready', '/metrics'],
])

/**
 * Returns the template of the route that a request asks for, of those outside Express; undefined for any other path. A path
 * itself may have a key in it, and is never exported.
 *
 * @param others fixed paths besides
 */
export function fixedRoute(target: string, others: ReadonlySet<string>): string | undefined {
  const [path = ''] = target.split('?', 1)
  if (FIXED.has(path) || others.has(path)) return path
  return PREFIXES.find(([prefix]) => path.startsWith(prefix))?.[1]
}

/** What Express keeps of the route that it has matched. */
interface Routed {
  readonly baseUrl: string
  readonly route: { readonly path: unknown }
}

function isRouted(request: object): request is Routed {
  return 'baseUrl' in request && 'route' in request && typeof request.route === 'object' && request.route !== null
}

/** Returns the template of the route that Express has matched, such as `/auth/api/v1/users/:username/tokens`. */
export function expressRoute(request: object): string | undefined {
  if (!isRouted(request)) return undefined
  const { path } = request.route
  const first: unknown = Array.isArray(path) ? path[0] : path
  return typeof first === 'string' ? `${request.baseUrl}${first}` : undefined
}
