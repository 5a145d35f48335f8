import { authSegment } from '../auth-query.js'
import type { FieldProblem } from '../field-problem.js'
import type { GatewaySite } from '../gateway-site.js'
import type { ProtectedRoute } from '../route.js'
import { ANSWERED_HEADERS, ASKED_HEADERS } from './forwarded-headers.js'
import { GATEWAY_API, httpRoutes } from './http-route.js'
import type { Made } from './made.js'
import { referenceGrants } from './reference-grant.js'

/** HTTPRoutes with Gateway API's portable `ExternalAuth` filter (GEP-1494), which puts the request's path behind ours. */
export function externalAuthRoutes(route: ProtectedRoute, site: GatewaySite): Made | FieldProblem[] {
  return filtered(route, site, prefixPath(route))
}

/**
 * The same for NGINX Gateway Fabric, which asks with `auth_request` and without the request's path: it names path and method in
 * headers. nginx passes no redirect of a check on.
 */
export function nginxGatewayRoutes(route: ProtectedRoute, site: GatewaySite): Made | FieldProblem[] {
  const { access, fields } = route
  const path = access.anonymous ? '/ingress/anonymous' : `/ingress/gateway/${authSegment(access.query)}`
  const made = filtered(route, site, path)
  if (!('objects' in made) || access.anonymous || !access.loginRedirect) return made
  const message = 'this gateway sends no browser to the sign-in page: it answers 401'
  return { ...made, warnings: [...made.warnings, { path: fields.loginRedirect, message }] }
}

/** The path in front of the request's own. */
export function prefixPath({ access }: ProtectedRoute): string {
  if (access.anonymous) return '/ingress/anonymous'
  const { query, loginRedirect } = access
  return `/ingress/envoy/${authSegment(loginRedirect ? [...query, ['login_redirect', 'true']] : query)}`
}

function filtered(route: ProtectedRoute, site: GatewaySite, path: string): Made | FieldProblem[] {
  const { name, namespace, port } = site.checks
  const externalAuth = {
    protocol: 'HTTP',
    backendRef: { name, namespace, port },
    http: { path, allowedHeaders: ASKED_HEADERS, allowedResponseHeaders: ANSWERED_HEADERS },
  }
  const made = httpRoutes(route, site, [{ type: 'ExternalAuth', externalAuth }])
  if (!('objects' in made)) return made
  const referrer = { group: GATEWAY_API, kind: 'HTTPRoute', namespace: route.origin.namespace }
  return { ...made, objects: [...made.objects, ...referenceGrants(site, referrer)] }
}
