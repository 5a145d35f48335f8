import type { FieldProblem } from '../field-problem.js'
import type { GatewaySite } from '../gateway-site.js'
import { type Manifest, ownedMetadata } from '../manifest.js'
import type { ProtectedRoute } from '../route.js'
import { prefixPath } from './external-auth.js'
import { ANSWERED_HEADERS, ASKED_HEADERS } from './forwarded-headers.js'
import { GATEWAY_API, httpRoutes, routeNames } from './http-route.js'
import type { Made } from './made.js'
import { referenceGrants } from './reference-grant.js'

const GROUP = 'gateway.envoyproxy.io'

/** HTTPRoutes, and the SecurityPolicy of Envoy Gateway that has their requests checked. */
export function envoyGatewayRoutes(route: ProtectedRoute, site: GatewaySite): Made | FieldProblem[] {
  const made = httpRoutes(route, site, [])
  if (!('objects' in made)) return made
  const { origin, template } = route
  const { name, namespace, port } = site.checks
  const policy: Manifest = {
    apiVersion: `${GROUP}/v1alpha1`,
    kind: 'SecurityPolicy',
    metadata: ownedMetadata(origin, { name: template.metadata.name, labels: template.metadata.labels }),
    spec: {
      targetRefs: routeNames(made.objects).map((each) => ({ group: GATEWAY_API, kind: 'HTTPRoute', name: each })),
      extAuth: {
        // Its own default for a check that does not answer is 403, which tells clients that they may not.
        statusOnError: 503,
        failOpen: false,
        timeout: '5s',
        headersToExtAuth: ASKED_HEADERS,
        http: {
          backendRefs: [{ name, namespace, port }],
          path: prefixPath(route),
          headersToBackend: ANSWERED_HEADERS,
        },
      },
    },
  }
  const referrer = { group: GROUP, kind: 'SecurityPolicy', namespace: origin.namespace }
  // The policy is first: a route that stands before its policy is open.
  return { ...made, objects: [...referenceGrants(site, referrer), policy, ...made.objects] }
}
