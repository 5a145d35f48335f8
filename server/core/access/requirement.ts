import { isProgramId } from '../programs/program.js'
import type { EpochSeconds } from '../time.js'
import { MINIMUM_LIFETIME } from '../token/lifetime.js'
import { type Scope, sortScopes } from '../token/scope.js'
import { type ParameterError, QueryParameters } from './fastapi-parameters.js'

/** Which challenge a client is offered; it never restricts which credential is accepted. */
export type AuthType = 'bearer' | 'basic' | 'both'

/** A token that the service is to get, to act for the user: a notebook's, or one for a service by name. */
export type Delegation =
  | { readonly type: 'notebook' }
  | { readonly type: 'internal'; readonly service: string; readonly scopes: readonly Scope[] }

/**
 * The programs whose data a location serves: by name, all of which must admit the caller; or the one in the request's path, or
 * in a parameter of its query.
 */
export type ProgramsAsked = readonly string[] | 'from_url' | { readonly parameter: string }

/** The status for a signed-in user who lacks access. Some clients understand only one of them. */
export type DenyAs = 401 | 403 | 404

/** The requirement of a protected location, from the query string of its auth URL. */
export interface Requirement {
  /** Sorted; none means any authenticated caller. */
  readonly scopes: readonly Scope[]
  /** Whether the token must hold all of the scopes or one of them. */
  readonly satisfy: 'all' | 'any'
  /** The service's name: for logs, and the one that quotas are counted for. */
  readonly service?: string
  /** Only tokens made for one of these services pass. Empty: all tokens. */
  readonly onlyServices: readonly string[]
  /** Only this user passes. */
  readonly username?: string
  /** Only the user whose name is the first label of the host passes. */
  readonly userDomain: boolean
  readonly delegation?: Delegation
  /** Seconds that the token must still be valid. */
  readonly minimumLifetime?: EpochSeconds
  /** Whether the delegated token is also put into `Authorization`. */
  readonly useAuthorization: boolean
  readonly authType: AuthType
  readonly allowCookies: boolean
  /** The cookies besides the session's that may carry a token here, of those that the site configures. */
  readonly tokenCookies: readonly string[]
  /** Whether cookies count for what changes something only when a page of the site sends it. */
  readonly sameOrigin: boolean
  readonly allowOptions: boolean
  /** Whether a browser that has to sign in is sent to do so; for proxies that pass a redirect on. */
  readonly loginRedirect: boolean
  /** Whether anonymous clients may pass; `strict` refuses those that send a bad credential. */
  readonly optional: 'false' | 'true' | 'strict'
  /** Absent: the location has nothing to do with programs. */
  readonly programs?: ProgramsAsked
  /** Absent: the refusal's own. */
  readonly denyAs?: DenyAs
}

/** A compiled query string. As in Gafaelfawr, some mistakes are reported before authentication and some after. */
export interface CompiledRequirement {
  readonly requirement: Requirement
  readonly early: readonly ParameterError[]
  readonly late: readonly ParameterError[]
}

/**
 * Reads the query string of an auth URL (Gafaelfawr's ingress contract). Unknown parameters are ignored; scopes are not
 * split: the parameter is repeated. Only a location's configuration makes these query strings, so a mistake in one is
 * the operator's, and is named.
 */
export function compileRequirement(query: URLSearchParams): CompiledRequirement {
  const early: ParameterError[] = []
  const late: ParameterError[] = []
  const first = new QueryParameters(query, early)
  const then = new QueryParameters(query, late)

  const service = first.text('service')
  const notebook = first.flag('notebook', false)
  const delegateTo = first.text('delegate_to')
  early.push(...unsendable('service', service), ...unsendable('delegate_to', delegateTo))
  early.push(...contradictions(notebook, delegateTo, service))
  const delegation = delegationOf(notebook, delegateTo, first.all('delegate_scope'))
  const username = then.text('username')
  const requested = then.seconds('minimum_lifetime', MINIMUM_LIFETIME, '5 minutes')
  const programs = programsOf(query.getAll('program'), first.all('program_parameter'), early)
  const denyAs = denyAsOf(first)
  if (denyAs === 401 && first.flag('login_redirect', false)) early.push(SIGN_IN_LOOP)
  const minimumLifetime = requested ?? (delegation && MINIMUM_LIFETIME)

  const requirement: Requirement = {
    scopes: sortScopes(then.all('scope') as Scope[]),
    satisfy: then.oneOf('satisfy', ['all', 'any']),
    onlyServices: then.all('only_service'),
    userDomain: then.flag('user_domain', false),
    useAuthorization: then.flag('use_authorization', false),
    authType: first.oneOf('auth_type', ['bearer', 'basic', 'both']),
    allowCookies: first.flag('allow_cookies', true),
    tokenCookies: first.all('cookie'),
    sameOrigin: first.flag('same_origin', false),
    allowOptions: first.flag('allow_options', false),
    loginRedirect: first.flag('login_redirect', false),
    optional: optionalOf(first),
    ...(service !== undefined && { service }),
    ...(username !== undefined && { username }),
    ...(delegation && { delegation }),
    ...(minimumLifetime !== undefined && { minimumLifetime }),
    ...(programs && { programs }),
    ...(denyAs && { denyAs }),
  }
  return { requirement, early, late }
}

function delegationOf(notebook: boolean, service: string | undefined, scopes: string[]): Delegation | undefined {
  if (notebook) return { type: 'notebook' }
  return service === undefined ? undefined : { type: 'internal', service, scopes: sortScopes(scopes as Scope[]) }
}

function optionalOf(parameters: QueryParameters): Requirement['optional'] {
  if (parameters.text('optional') === 'strict') return 'strict'
  return parameters.flag('optional', false) ? 'true' : 'false'
}

/** Reports an identifier that no program can have: it would close the location for all clients. */
function programsOf(
  given: readonly string[],
  parameters: readonly string[],
  errors: ParameterError[],
): ProgramsAsked | undefined {
  const isFromUrl = given.length === 1 && given[0] === 'from_url'
  const [parameter] = parameters
  if (parameter !== undefined && (!isFromUrl || parameters.length > 1)) errors.push(STRAY_PARAMETER)
  if (isFromUrl) return parameter === undefined ? 'from_url' : { parameter }
  const wrong = given.find((id) => !isProgramId(id))
  if (wrong !== undefined) {
    const msg = 'Input should be from_url, alone, or the identifiers of programs'
    errors.push({ type: 'value_error', loc: ['query', 'program'], msg, input: wrong })
  }
  return given.length > 0 ? given : undefined
}

function denyAsOf(parameters: QueryParameters): DenyAs | undefined {
  if (parameters.text('deny_as') === undefined) return undefined
  return Number(parameters.oneOf('deny_as', ['403', '401', '404'])) as DenyAs
}

/** Of two parameters the service reads one; and without program=from_url none would be read, and nothing checked. */
const STRAY_PARAMETER: ParameterError = {
  type: 'invalid_program_parameter',
  loc: ['query', 'program_parameter'],
  msg: 'program_parameter can be given once, with program=from_url',
}

/** A signed-in user without access would be redirected to sign in, back again, and so on without end. */
const SIGN_IN_LOOP: ParameterError = {
  type: 'invalid_deny_as',
  loc: ['query', 'deny_as'],
  msg: 'deny_as cannot be 401 where login_redirect is set',
}

/** A service's name travels in a header. */
function unsendable(name: string, service: string | undefined): ParameterError[] {
  if (service === undefined || /^[\x21-\x7E]{1,128}$/.test(service)) return []
  const msg = "String should match pattern '^[!-~]{1,128}$'"
  return [{ type: 'string_pattern_mismatch', loc: ['query', name], msg, input: service }]
}

function contradictions(
  notebook: boolean,
  delegateTo: string | undefined,
  service: string | undefined,
): ParameterError[] {
  const loc = ['query', 'delegate_to'] as const
  if (notebook && delegateTo !== undefined) {
    return [{ type: 'invalid_delegate_to', loc, msg: 'delegate_to cannot be set for notebook tokens' }]
  }
  if (service !== undefined && delegateTo !== undefined && service !== delegateTo) {
    return [{ type: 'invalid_service', loc, msg: 'service must be the same as delegate_to' }]
  }
  return []
}
