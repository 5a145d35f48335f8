import type { Response } from 'express'
import type { AdapterPayload, KoaContextWithOIDC, Provider, TokenEndpointGrantContext } from 'oidc-provider'
import { noteForAudit } from '../../authn/audit-refusals.js'
import {
  ACCESS_TOKEN_TYPE,
  EXCHANGE_CLIENT,
  EXCHANGE_GRANT,
  EXCHANGE_PARAMETERS,
  type ExchangeError,
  ExchangeFault,
  type ExchangeForm,
  type ExchangeRequest,
  JWT_TYPE,
  REPEATED,
  readExchange,
} from '../../core/openid/exchange.js'
import { formatToken } from '../../core/token/token.js'
import type { Settings } from '../../settings/schema.js'
import type { CreatedToken } from '../../tokens/insert.js'
import type { Library } from '../library.js'
import { jwtExchanger } from '../workload/exchange-jwt.js'
import { accessTokenExchanger } from './access-token.js'
import type { ExchangeContext, Exchanger, Exchanging } from './exchanger.js'
import { letHoldersAsk } from './without-client.js'

/** Returns whether this site exchanges tokens of any type. */
export function exchangesTokens({ tokenExchange, trustedIssuers }: Settings): boolean {
  return tokenExchange.enabled || trustedIssuers.length > 0
}

/** Returns what is exchanged here, by the type of the subject token (RFC 8693 §3). */
function exchangersOf(context: ExchangeContext): ReadonlyMap<string, Exchanger> {
  const { tokenExchange, trustedIssuers } = context.settings
  return new Map([
    ...(tokenExchange.enabled ? [[ACCESS_TOKEN_TYPE, accessTokenExchanger(context)] as const] : []),
    ...(trustedIssuers.length > 0 ? [[JWT_TYPE, jwtExchanger(context)] as const] : []),
  ])
}

/** Describes the client of requests that name none to the provider. */
export const EXCHANGE_METADATA: AdapterPayload = {
  client_id: EXCHANGE_CLIENT,
  client_name: 'The holder of a token',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: [EXCHANGE_GRANT],
  response_types: [],
  redirect_uris: [],
}

/** Has the provider exchange tokens (RFC 8693). It checks the client and the form of the request. */
export function registerExchange(context: ExchangeContext, library: Library, provider: Provider): void {
  const { settings } = context
  if (!exchangesTokens(settings)) return
  const exchangers = exchangersOf(context)
  const handle = async (ctx: TokenEndpointGrantContext<ExchangeForm>): Promise<void> => {
    const asked = readExchange(ctx.oidc.params)
    const outcome = asked instanceof ExchangeFault ? asked : await exchange(asked, exchangingOf(ctx))
    if (outcome instanceof ExchangeFault) throw errorOf(outcome, library, ctx)
    ctx.body = answerOf(outcome)
  }
  async function exchange(asked: ExchangeRequest, exchanging: Exchanging): Promise<CreatedToken | ExchangeFault> {
    const exchanger = exchangers.get(asked.subjectType)
    if (exchanger) return exchanger(context, asked, exchanging)
    const types = [...exchangers.keys()].join(' or ')
    return new ExchangeFault('invalid_request', `subject_token_type must be ${types}`)
  }
  provider.registerGrantType(EXCHANGE_GRANT, handle, EXCHANGE_PARAMETERS, REPEATED)
  letHoldersAsk(provider)
}

const STATUS: { readonly [E in ExchangeError]?: number } = { slow_down: 429, temporarily_unavailable: 503 }

/** The provider's error for a fault. Its own class has the status 400 for all. */
function errorOf(
  { error, description, retryAfter }: ExchangeFault,
  { errors }: Library,
  ctx: KoaContextWithOIDC,
): Error {
  const status = STATUS[error] ?? 400
  if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter))
  return Object.assign(new errors.CustomOIDCProviderError(error, description), { status, statusCode: status })
}

function exchangingOf(ctx: TokenEndpointGrantContext<ExchangeForm>): Exchanging {
  const { clientId } = ctx.oidc.client
  return {
    request: ctx.req,
    note: (facts) => {
      if ('locals' in ctx.res) noteForAudit(ctx.res as Response, facts)
    },
    ...(clientId !== EXCHANGE_CLIENT && { client: clientId }),
  }
}

/** The answer of RFC 8693 §2.2.1. */
function answerOf({ token, record: { scopes, created, expires } }: CreatedToken) {
  return {
    access_token: formatToken(token),
    issued_token_type: ACCESS_TOKEN_TYPE,
    token_type: 'Bearer',
    ...(expires !== undefined && { expires_in: expires - created }),
    scope: scopes.join(' '),
  }
}
