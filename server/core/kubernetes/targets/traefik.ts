import { authQuery } from '../auth-query.js'
import type { FieldProblem } from '../field-problem.js'
import type { GatewaySite } from '../gateway-site.js'
import { type Manifest, ownedMetadata } from '../manifest.js'
import type { ProtectedRoute } from '../route.js'
import { ANSWERED_HEADERS } from './forwarded-headers.js'
import { httpRoutes } from './http-route.js'
import type { Made } from './made.js'

const GROUP = 'traefik.io'

/** HTTPRoutes, and the Middleware of Traefik that has their requests checked: of the same namespace, as `ExtensionRef` wants. */
export function traefikRoutes(route: ProtectedRoute, site: GatewaySite): Made | FieldProblem[] {
  const { origin, template } = route
  const { name, labels } = template.metadata
  const extensionRef = { group: GROUP, kind: 'Middleware', name }
  const made = httpRoutes(route, site, [{ type: 'ExtensionRef', extensionRef }])
  if (!('objects' in made)) return made
  const middleware: Manifest = {
    apiVersion: `${GROUP}/v1alpha1`,
    kind: 'Middleware',
    metadata: ownedMetadata(origin, { name, labels }),
    spec: {
      forwardAuth: {
        address: `${site.checksUrl}${pathOf(route)}`,
        // Attack: a client states its own method, host and path, and those are judged.
        trustForwardHeader: false,
        authResponseHeaders: ANSWERED_HEADERS,
      },
    },
  }
  return { ...made, objects: [middleware, ...made.objects] }
}

function pathOf({ access }: ProtectedRoute): string {
  if (access.anonymous) return '/ingress/anonymous'
  const { query, loginRedirect } = access
  return `/ingress/forward?${authQuery(loginRedirect ? [...query, ['login_redirect', 'true']] : query)}`
}
