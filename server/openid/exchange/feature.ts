import type { Response } from 'express'
import type { AdapterPayload, Provider, TokenEndpointGrantContext } from 'oidc-provider'
import { noteForAudit } from '../../authn/audit-refusals.js'
import {
  ACCESS_TOKEN_TYPE,
  EXCHANGE_CLIENT,
  EXCHANGE_GRANT,
  EXCHANGE_PARAMETERS,
  ExchangeFault,
  type ExchangeForm,
  type ExchangeRequest,
  REPEATED,
  readExchange,
} from '../../core/openid/exchange.js'
import { formatToken } from '../../core/token/token.js'
import type { Settings } from '../../settings/schema.js'
import type { CreatedToken } from '../../tokens/insert.js'
import type { Library } from '../library.js'
import { exchangeAccessToken } from './access-token.js'
import type { ExchangeContext, Exchanger, Exchanging } from './exchanger.js'
import { letHoldersAsk } from './without-client.js'

/** Returns whether this site exchanges tokens of any type. */
export function exchangesTokens({ tokenExchange }: Settings): boolean {
  return tokenExchange.enabled
}

/** Returns what is exchanged here, by the type of the subject token (RFC 8693 §3). */
function exchangersOf({ tokenExchange }: Settings): ReadonlyMap<string, Exchanger> {
  return new Map([...(tokenExchange.enabled ? [[ACCESS_TOKEN_TYPE, exchangeAccessToken] as const] : [])])
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
  const { settings, clock } = context
  if (!exchangesTokens(settings)) return
  const exchangers = exchangersOf(settings)
  const { CustomOIDCProviderError } = library.errors

  const handle = async (ctx: TokenEndpointGrantContext<ExchangeForm>): Promise<void> => {
    const asked = readExchange(ctx.oidc.params)
    const outcome = asked instanceof ExchangeFault ? asked : await exchange(asked, exchangingOf(ctx))
    if (outcome instanceof ExchangeFault) throw new CustomOIDCProviderError(outcome.error, outcome.description)
    ctx.body = answerOf(outcome, clock())
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
function answerOf({ token, record: { scopes, expires } }: CreatedToken, now: number) {
  return {
    access_token: formatToken(token),
    issued_token_type: ACCESS_TOKEN_TYPE,
    token_type: 'Bearer',
    ...(expires !== undefined && { expires_in: expires - now }),
    scope: scopes.join(' '),
  }
}
