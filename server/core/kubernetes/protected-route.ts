import type { FieldProblem } from './field-problem.js'
import { each, given, type IngressDelegate } from './gafaelfawr-ingress.js'
import type { GatewayKind } from './gateway-site.js'
import type { Origin } from './manifest.js'
import type {
  ProtectedRoute,
  QueryParameter,
  RouteAccess,
  RouteFields,
  RouteTemplate,
  TemplateMetadata,
} from './route.js'

export const POSTERN = 'postern.dev/v1'

/** `spec.access` of a `ProtectedRoute`. */
export interface RouteRequirement {
  /** Every client passes, and no credential of the site's goes on. Nothing else is stated then, but for `service`. */
  readonly anonymous?: boolean | undefined
  readonly scopes?:
    | { readonly all?: readonly string[] | undefined; readonly any?: readonly string[] | undefined }
    | undefined
  /** Clients without a credential pass; with `Strict`, those with a bad one do not. */
  readonly optional?: 'False' | 'True' | 'Strict' | undefined
  readonly authType?: 'Basic' | 'Bearer' | 'Both' | undefined
  readonly cookies?: RouteCookies | undefined
  readonly allowOptions?: boolean | undefined
  readonly loginRedirect?: boolean | undefined
  /** The status for a signed-in user without access. */
  readonly denyAs?: 401 | 403 | 404 | undefined
  readonly onlyServices?: readonly string[] | undefined
  readonly username?: string | undefined
  readonly userDomain?: boolean | undefined
  readonly service?: string | undefined
  /** Seconds that the client's token must still be valid, and the delegated one with it. */
  readonly minimumLifetime?: number | undefined
  readonly delegate?: Omit<IngressDelegate, 'minimumLifetime'> | undefined
  readonly programs?: RoutePrograms | undefined
}

/** Which cookies carry a credential here. */
export interface RouteCookies {
  /** Whether the session cookie does. */
  readonly session?: boolean | undefined
  /** Others that the site configures (`tokenCookies`). */
  readonly names?: readonly string[] | undefined
  /** Whether cookies count for what changes something only when a page of the site sends it. */
  readonly sameOrigin?: boolean | undefined
}

/** The programs whose data the route serves; exactly one of them. */
export interface RoutePrograms {
  readonly ids?: readonly string[] | undefined
  readonly fromPath?: boolean | undefined
  readonly fromParameter?: string | undefined
}

/** Postern's own resource, for what Gafaelfawr's cannot say. Its CRD refuses what contradicts itself. */
export interface ProtectedRouteResource {
  readonly origin: Origin
  readonly spec: {
    readonly access: RouteRequirement
    /** Instead of the site's. */
    readonly gateway?: GatewayKind | undefined
    /** The labels and annotations of what is made, and its name, where it is not the resource's. */
    readonly metadata?: (Omit<TemplateMetadata, 'name'> & { readonly name?: string | undefined }) | undefined
  } & RouteTemplate['spec']
}

/** Reads a `ProtectedRoute`; or names each of its contradictions, as the CRD does. */
export function routeOfResource({ origin, spec }: ProtectedRouteResource): ProtectedRoute | FieldProblem[] {
  const problems = contradictions(spec.access)
  if (problems.length > 0) return problems
  const { rules, tls, metadata } = spec
  const template = { metadata: { ...metadata, name: metadata?.name ?? origin.name }, spec: { rules, tls } }
  return { origin, access: accessOf(spec.access), template, fields: FIELDS }
}

const FIELDS: RouteFields = {
  spec: 'spec',
  annotations: 'spec.metadata.annotations',
  loginRedirect: 'spec.access.loginRedirect',
  cacheDuration: '',
  parameters: {
    auth_type: 'spec.access.authType',
    cookie: 'spec.access.cookies.names',
    delegate_to: 'spec.access.delegate.internal.service',
    delegate_scope: 'spec.access.delegate.internal.scopes',
    deny_as: 'spec.access.denyAs',
    minimum_lifetime: 'spec.access.minimumLifetime',
    only_service: 'spec.access.onlyServices',
    program: 'spec.access.programs.ids',
    program_parameter: 'spec.access.programs.fromParameter',
    scope: 'spec.access.scopes',
    service: 'spec.access.service',
    username: 'spec.access.username',
  },
}

function accessOf(access: RouteRequirement): RouteAccess {
  if (access.anonymous) return { anonymous: true }
  return {
    anonymous: false,
    query: queryOf(access),
    cookies: (access.cookies?.session ?? true) || (access.cookies?.names ?? []).length > 0,
    loginRedirect: access.loginRedirect ?? false,
  }
}

function queryOf(access: RouteRequirement): QueryParameter[] {
  const { delegate, scopes, programs, cookies, optional, denyAs, minimumLifetime } = access
  return [
    ...given('allow_cookies', cookies?.session === false && 'false'),
    ...each('cookie', cookies?.names),
    ...given('same_origin', cookies?.sameOrigin && 'true'),
    ...given('allow_options', access.allowOptions && 'true'),
    ...given('auth_type', access.authType?.toLowerCase()),
    ...given('optional', optional !== 'False' && optional?.toLowerCase()),
    ...given('deny_as', denyAs && String(denyAs)),
    ...given('notebook', delegate?.notebook && 'true'),
    ...given('delegate_to', delegate?.internal?.service),
    ...each('delegate_scope', delegate?.internal?.scopes),
    ...given('minimum_lifetime', minimumLifetime && String(minimumLifetime)),
    ...given('use_authorization', delegate?.useAuthorization && 'true'),
    ...each('only_service', access.onlyServices),
    ...each('scope', scopes?.all ?? scopes?.any),
    ...given('satisfy', scopes?.any && 'any'),
    ...given('service', access.service),
    ...given('user_domain', access.userDomain && 'true'),
    ...given('username', access.username),
    ...each('program', programs?.ids),
    ...given('program', (programs?.fromPath || programs?.fromParameter) && 'from_url'),
    ...given('program_parameter', programs?.fromParameter),
  ]
}

/** The rules that the CRD states in CEL, for those who have no API server to refuse them. */
function contradictions(access: RouteRequirement): FieldProblem[] {
  const { anonymous, cookies, delegate, programs } = access
  const stated = Object.entries(access).filter(([, value]) => value !== undefined && value !== false)
  const stray = stated.map(([field]) => field).filter((field) => !['anonymous', 'service'].includes(field))
  const rules: [boolean, string, string][] = [
    [Boolean(anonymous) && stray.length > 0, stray[0] ?? '', 'has no effect where anonymous is true'],
    [
      !anonymous && !access.scopes && !programs && !access.optional,
      'scopes',
      'needs all or any; an empty list of all admits every user',
    ],
    [count(access.scopes?.all, access.scopes?.any) > 1, 'scopes', 'takes one of all and any'],
    [
      access.authType === 'Basic' && Boolean(access.loginRedirect),
      'authType',
      'Basic has no effect with loginRedirect',
    ],
    [cookies?.session === false && Boolean(access.loginRedirect), 'loginRedirect', 'needs session cookies'],
    [
      access.denyAs === 401 && Boolean(access.loginRedirect),
      'denyAs',
      '401 with loginRedirect would lead to the sign-in page without end',
    ],
    [
      Boolean(delegate) && count(delegate?.notebook, delegate?.internal) !== 1,
      'delegate',
      'takes one of notebook and internal',
    ],
    [
      delegate?.internal !== undefined && ![undefined, delegate.internal.service].includes(access.service),
      'service',
      'must be the service of delegate.internal',
    ],
    [
      Boolean(programs) && count(programs?.ids, programs?.fromPath || undefined, programs?.fromParameter) !== 1,
      'programs',
      'takes one of ids, fromPath and fromParameter',
    ],
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, field, message]) => ({ path: `spec.access.${field}`, message }))
}

function count(...values: unknown[]): number {
  return values.filter((value) => value !== undefined).length
}
