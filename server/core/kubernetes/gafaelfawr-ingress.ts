import type { FieldProblem } from './field-problem.js'
import type { Origin } from './manifest.js'
import type { ProtectedRoute, QueryParameter, RouteAccess, RouteFields, RouteTemplate } from './route.js'

export const GAFAELFAWR = 'gafaelfawr.lsst.io/v1alpha1'

/** `config` of a `GafaelfawrIngress`. */
export interface IngressConfig {
  readonly allowCookies?: boolean | undefined
  readonly allowOptions?: boolean | undefined
  readonly authCacheDuration?: string | undefined
  readonly authType?: 'basic' | 'bearer' | undefined
  readonly delegate?: IngressDelegate | undefined
  readonly loginRedirect?: boolean | undefined
  readonly onlyServices?: readonly string[] | undefined
  /** Gafaelfawr ignores it, but for anonymous routes. */
  readonly replace403?: boolean | undefined
  readonly scopes: IngressScopes
  readonly service?: string | undefined
  readonly userDomain?: boolean | undefined
  readonly username?: string | undefined
}

export interface IngressDelegate {
  readonly notebook?: object | undefined
  readonly internal?: { readonly service: string; readonly scopes: readonly string[] } | undefined
  /** Seconds. */
  readonly minimumLifetime?: number | undefined
  readonly useAuthorization?: boolean | undefined
}

/** Exactly one of them. */
export type IngressScopes =
  | { readonly all: readonly string[] }
  | { readonly any: readonly string[] }
  | { readonly anonymous: true }

/** A `GafaelfawrIngress`: what a route requires, and the route. */
export interface GafaelfawrIngress {
  readonly origin: Origin
  readonly config: IngressConfig
  readonly template: RouteTemplate
}

/** Reads a `GafaelfawrIngress`; or names each of its contradictions, which are Gafaelfawr's (`GafaelfawrIngressConfig`). */
export function routeOfIngress({ origin, config, template }: GafaelfawrIngress): ProtectedRoute | FieldProblem[] {
  const problems = contradictions(config)
  if (problems.length > 0) return problems
  return { origin, access: accessOf(config), template, fields: FIELDS }
}

const FIELDS: RouteFields = {
  spec: 'template.spec',
  annotations: 'template.metadata.annotations',
  loginRedirect: 'config.loginRedirect',
  cacheDuration: 'config.authCacheDuration',
  parameters: {
    auth_type: 'config.authType',
    delegate_to: 'config.delegate.internal.service',
    delegate_scope: 'config.delegate.internal.scopes',
    minimum_lifetime: 'config.delegate.minimumLifetime',
    only_service: 'config.onlyServices',
    scope: 'config.scopes',
    service: 'config.service',
    username: 'config.username',
  },
}

function accessOf(config: IngressConfig): RouteAccess {
  if ('anonymous' in config.scopes) return { anonymous: true }
  return {
    anonymous: false,
    query: queryOf(config),
    cookies: config.allowCookies ?? true,
    loginRedirect: config.loginRedirect ?? false,
    cacheDuration: config.authCacheDuration,
  }
}

/** The requirement in Gafaelfawr's order (`to_auth_query`), so that the same resource gives the same URL. */
function queryOf(config: IngressConfig): QueryParameter[] {
  const { delegate, scopes } = config
  const required = 'all' in scopes ? scopes.all : 'any' in scopes ? scopes.any : []
  return [
    ...given('allow_cookies', config.allowCookies === false && 'false'),
    ...given('allow_options', config.allowOptions && 'true'),
    ...given('auth_type', config.authType),
    ...given('notebook', delegate?.notebook && 'true'),
    ...given('delegate_to', delegate?.internal?.service),
    ...each('delegate_scope', delegate?.internal?.scopes),
    ...given('minimum_lifetime', delegate?.minimumLifetime && String(delegate.minimumLifetime)),
    ...given('use_authorization', delegate?.useAuthorization && 'true'),
    ...each('only_service', config.onlyServices),
    ...each('scope', required),
    ...given('satisfy', 'any' in scopes && 'any'),
    ...given('service', config.service),
    ...given('user_domain', config.userDomain && 'true'),
    ...given('username', config.username),
  ]
}

/** One parameter, where there is a value. */
export function given(name: string, value: string | false | 0 | undefined): QueryParameter[] {
  return value ? [[name, value]] : []
}

export function each(name: string, values: readonly string[] = []): QueryParameter[] {
  return values.map((value) => [name, value])
}

/** What has no effect for a route that lets every client pass. */
const NOT_FOR_ANONYMOUS = [
  'allowOptions',
  'authCacheDuration',
  'authType',
  'delegate',
  'loginRedirect',
  'onlyServices',
  'replace403',
  'userDomain',
  'username',
] as const

function contradictions(config: IngressConfig): FieldProblem[] {
  const { scopes, delegate, service, loginRedirect, allowCookies } = config
  const problems: FieldProblem[] = []
  const refuse = (field: string, message: string) => problems.push({ path: `config.${field}`, message })
  if (config.authType === 'basic' && loginRedirect)
    refuse('authType', 'authType: basic has no effect when loginRedirect is set')
  if (allowCookies === false && loginRedirect)
    refuse('loginRedirect', 'loginRedirect incompatible with allowCookies: false')
  if ('anonymous' in scopes) {
    const stray = NOT_FOR_ANONYMOUS.filter((field) => config[field])
    for (const field of stray) refuse(field, `${field} has no effect for anonymous ingresses`)
    if (allowCookies === false) refuse('allowCookies', 'allowCookies has no effect for anonymous ingresses')
  }
  if (service && delegate?.internal && service !== delegate.internal.service)
    refuse('service', 'service must match delegate.internal.service')
  if (delegate && Boolean(delegate.notebook) === Boolean(delegate.internal))
    refuse('delegate', 'delegate needs one of notebook and internal')
  return problems
}
