import { authQuery } from '../auth-query.js'
import type { FieldProblem } from '../field-problem.js'
import type { GatewaySite } from '../gateway-site.js'
import { type Manifest, ownedMetadata } from '../manifest.js'
import type { ProtectedRoute, RouteAccess } from '../route.js'
import { IDENTITY_HEADERS } from './forwarded-headers.js'
import type { Made } from './made.js'

const PREFIX = 'nginx.ingress.kubernetes.io/'
const SNIPPET = `${PREFIX}configuration-snippet`

/** What Gafaelfawr names here, in its order. */
const RESPONSE_HEADERS = [
  'Authorization',
  'Cookie',
  'X-Auth-Request-Email',
  'X-Auth-Request-Service',
  'X-Auth-Request-Token',
  'X-Auth-Request-User',
]

/**
 * Gives a refusal its own body and status, and the client its quota, as Gafaelfawr's snippet does. `@autherror` is in the
 * controller's `http-snippet` or `server-snippet`.
 */
const REFUSALS = `auth_request_set $auth_error_body $upstream_http_x_error_body;
auth_request_set $auth_ratelimit_limit $upstream_http_x_ratelimit_limit;
auth_request_set $auth_ratelimit_remaining $upstream_http_x_ratelimit_remaining;
auth_request_set $auth_ratelimit_reset $upstream_http_x_ratelimit_reset;
auth_request_set $auth_ratelimit_resource $upstream_http_x_ratelimit_resource;
auth_request_set $auth_ratelimit_used $upstream_http_x_ratelimit_used;
auth_request_set $auth_retry_after $upstream_http_retry_after;
auth_request_set $auth_www_authenticate $upstream_http_www_authenticate;
auth_request_set $auth_status $upstream_http_x_error_status;
more_set_headers "X-RateLimit-Limit: $auth_ratelimit_limit";
more_set_headers "X-RateLimit-Remaining: $auth_ratelimit_remaining";
more_set_headers "X-RateLimit-Reset: $auth_ratelimit_reset";
more_set_headers "X-RateLimit-Resource: $auth_ratelimit_resource";
more_set_headers "X-RateLimit-Used: $auth_ratelimit_used";
error_page 403 = @autherror;
`

/** The Ingress for ingress-nginx, annotation for annotation as Gafaelfawr's operator makes it. */
export function ingressOf(route: ProtectedRoute, site: GatewaySite): Made | FieldProblem[] {
  const { origin, access, template } = route
  const problems = access.anonymous ? [] : unwritable(route, authQuery(access.query))
  if (problems.length > 0) return problems
  const { metadata, spec } = template
  const ingress: Manifest = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: ownedMetadata(origin, {
      ...metadata,
      annotations: { ...metadata.annotations, ...annotationsOf(access, site, metadata.annotations?.[SNIPPET]) },
    }),
    spec: { ingressClassName: 'nginx', rules: spec.rules, ...(spec.tls && { tls: spec.tls }) },
  }
  return { objects: [ingress], warnings: [] }
}

function annotationsOf(access: RouteAccess, site: GatewaySite, snippet: string | undefined): Record<string, string> {
  const authUrl = (path: string) => ({
    [`${PREFIX}auth-method`]: 'GET',
    [`${PREFIX}auth-response-headers`]: responseHeaders(access).join(','),
    [`${PREFIX}auth-url`]: `${site.checksUrl}${path}`,
  })
  if (access.anonymous) return authUrl('/ingress/anonymous')
  return {
    ...authUrl(`/ingress/auth?${authQuery(access.query)}`),
    [SNIPPET]: `${snippet ? snippet.replace(/\n?$/, '\n') : ''}${REFUSALS}`,
    ...(access.cacheDuration && {
      [`${PREFIX}auth-cache-key`]: '$request_method$http_cookie$http_authorization',
      [`${PREFIX}auth-cache-duration`]: `200 202 401 ${access.cacheDuration}`,
    }),
    ...(access.loginRedirect && { [`${PREFIX}auth-signin`]: `${site.baseUrl.href.replace(/\/$/, '')}/login` }),
  }
}

/** Where anonymous clients pass, the service may ask whether this one is: the client's own answer must not count. */
function responseHeaders(access: RouteAccess): readonly string[] {
  const tellsAnonymous = !access.anonymous && access.query.some(([name]) => name === 'optional')
  return tellsAnonymous ? [...RESPONSE_HEADERS, IDENTITY_HEADERS.anonymous] : RESPONSE_HEADERS
}

/** The controller drops an `auth-url` with these (its validation of annotations, 1.12), and with it the whole Ingress. */
function unwritable({ access, fields }: ProtectedRoute, query: string): FieldProblem[] {
  if (access.anonymous || !/[%,]/.test(query)) return []
  const [name, value] = access.query.find((parameter) => /[%,]/.test(authQuery([parameter]))) ?? ['', '']
  return [{ path: fields.parameters[name] ?? '', message: `ingress-nginx takes no auth-url with ${value}` }]
}
