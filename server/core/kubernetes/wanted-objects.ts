import type { FieldProblem } from './field-problem.js'
import type { GatewayKind, GatewaySite } from './gateway-site.js'
import type { ProtectedRoute } from './route.js'
import { routeProblems } from './route-rules.js'
import { envoyGatewayRoutes } from './targets/envoy-gateway.js'
import { externalAuthRoutes, nginxGatewayRoutes } from './targets/external-auth.js'
import { ingressOf } from './targets/ingress-nginx.js'
import type { Made } from './targets/made.js'
import { traefikRoutes } from './targets/traefik.js'

const TARGETS: Readonly<Record<GatewayKind, (route: ProtectedRoute, site: GatewaySite) => Made | FieldProblem[]>> = {
  nginx: ingressOf,
  'gateway-api': externalAuthRoutes,
  'envoy-gateway': envoyGatewayRoutes,
  'nginx-gateway': nginxGatewayRoutes,
  traefik: traefikRoutes,
}

/**
 * The objects that a site's gateway needs for a route, in the order in which they are applied: what protects a route stands before
 * the route.
 *
 * @returns every problem of the resource, and then nothing is made
 */
export function wantedObjects(route: ProtectedRoute, site: GatewaySite): Made | FieldProblem[] {
  const problems = routeProblems(route, site)
  return problems.length > 0 ? problems : TARGETS[site.gateway](route, site)
}
