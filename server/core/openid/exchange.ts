import { isScope, type Scope, sortScopes } from '../token/scope.js'

/** The grant type of token exchange (RFC 8693 §2.1). */
export const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The type of the tokens of this site (RFC 8693 §3): they have no meaning elsewhere. */
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'

/** The type of JWTs of other issuers (RFC 8693 §3). */
export const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt'

/** The client of requests that name none. It is registered nowhere: it is there where tokens are exchanged. */
export const EXCHANGE_CLIENT = 'postern-exchange'

/** The parameters that a request may repeat (RFC 8693 §2.1; `network` is this site's own). */
export const REPEATED = ['audience', 'resource', 'network'] as const

/**
 * The parameters of an exchange. Two are not of RFC 8693: `network`, and `requested_expiry`, the registered name for the `expires_in`
 * that a client would like (OpenID Connect CIBA Core §7.1).
 */
export const EXCHANGE_PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'scope',
  'requested_expiry',
  ...REPEATED,
] as const

type Parameter = (typeof EXCHANGE_PARAMETERS)[number]

/** The parameters as the form has them: a text, or several of one name. */
export type ExchangeForm = { readonly [P in Parameter]?: string | readonly string[] | undefined }

/** Why nothing was exchanged, by the words of OAuth: RFC 8693 §2.2.2, RFC 6749 §5.2 and §4.1.2.1, RFC 8628 §3.5. */
export type ExchangeError =
  | 'invalid_request'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_grant'
  | 'slow_down'
  | 'temporarily_unavailable'

export class ExchangeFault {
  constructor(
    readonly error: ExchangeError,
    readonly description: string,
    /** Seconds until the same request may be answered otherwise. */
    readonly retryAfter?: number,
  ) {}
}

/** A request to exchange a token. */
export interface ExchangeRequest {
  readonly subjectToken: string
  readonly subjectType: string
  /** Absent: all that the new token may have. */
  readonly scopes?: readonly Scope[]
  /** Names of the services that the new token is for. */
  readonly audiences: readonly string[]
  /** Addresses of the services that the new token is for. */
  readonly resources: readonly string[]
  /** The networks that the new token is for. */
  readonly networks: readonly string[]
  /** Seconds that the new token shall be valid; absent: as long as it may. */
  readonly seconds?: number
}

/** Reads the parameters that the exchanges of all types of tokens have. */
export function readExchange(form: ExchangeForm): ExchangeRequest | ExchangeFault {
  if (given(form.actor_token) || given(form.actor_token_type))
    return malformed('actor_token is not supported: a token of this site names its user alone')
  const [subjectToken] = listOf(form.subject_token)
  const [subjectType] = listOf(form.subject_token_type)
  if (subjectToken === undefined) return malformed('missing required parameter subject_token')
  if (subjectType === undefined) return malformed('missing required parameter subject_token_type')
  if (given(form.requested_token_type) && form.requested_token_type !== ACCESS_TOKEN_TYPE)
    return malformed(`requested_token_type must be ${ACCESS_TOKEN_TYPE}`)
  const seconds = readSeconds(form.requested_expiry)
  if (seconds instanceof ExchangeFault) return seconds
  const scopes = readScopes(form.scope)
  if (scopes instanceof ExchangeFault) return scopes
  return {
    subjectToken,
    subjectType,
    ...(scopes && { scopes }),
    audiences: listOf(form.audience),
    resources: listOf(form.resource),
    networks: listOf(form.network),
    ...(seconds !== undefined && { seconds }),
  }
}

function readSeconds(text: ExchangeForm['requested_expiry']): number | undefined | ExchangeFault {
  if (!given(text)) return undefined
  if (typeof text === 'string' && /^[1-9]\d{0,9}$/.test(text)) return Number(text)
  return malformed('requested_expiry must be a positive number of seconds')
}

function readScopes(text: ExchangeForm['scope']): readonly Scope[] | undefined | ExchangeFault {
  if (typeof text !== 'string') return undefined
  const words = text.split(' ').filter((word) => word !== '')
  const scopes = words.filter(isScope)
  if (scopes.length < words.length) return new ExchangeFault('invalid_scope', 'scope is malformed')
  return sortScopes(scopes)
}

function malformed(description: string): ExchangeFault {
  return new ExchangeFault('invalid_request', description)
}

function given(value: string | readonly string[] | undefined): boolean {
  return listOf(value).length > 0
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return [value ?? []].flat().filter((each) => each !== '')
}
