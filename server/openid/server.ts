import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { Refusal } from '../core/access/refusal.js'
import type { Context } from '../storage/context.js'
import type { NetworkThrottle } from '../storage/redis/throttle.js'
import { beforeAuthorization } from './authorize.js'
import { registration } from './device/register.js'
import { requestThrottle } from './device/throttle.js'
import { DOCUMENTS, ENDPOINTS } from './endpoints.js'
import type { ExchangeContext } from './exchange/exchanger.js'
import { exchangesTokens, registerExchange } from './exchange/feature.js'
import { type CurrentProvider, currentProvider } from './keys/current-provider.js'
import { loadLibrary } from './library.js'
import { authorizationServer, protectedResource } from './metadata.js'
import { type OpenIdPage, pageLeft } from './page.js'
import { introspection } from './tokens/introspect.js'
import { revocation } from './tokens/revoke.js'
import { answerUnavailable } from './unavailable.js'
import { beforeUserInfo } from './user-info.js'

/** The OpenID Connect server of a process. */
export interface OpenIdServer {
  /** Addresses that programs call: no cookie counts there, and any origin may ask. */
  readonly programs: Router
  /** Addresses to which clients send browsers. */
  readonly browsers: Router
  readonly provider: CurrentProvider
}

type ShowPage = (request: Request, response: Response, page: OpenIdPage) => Promise<void>

/** Serves Gafaelfawr's addresses by `oidc-provider`; each is 404 where the site has not enabled it. */
export function openIdServer(context: ExchangeContext, show: ShowPage, reports: NetworkThrottle): OpenIdServer {
  const { oidcServer, deviceLogin } = context.settings
  const provider = currentProvider(context, async (made) => registerExchange(context, await loadLibrary(), made))

  const serve: RequestHandler = async (request, response) => {
    const answer = (await provider()).callback() as (
      request: IncomingMessage,
      response: ServerResponse,
    ) => Promise<void>
    await answer(request, response)
    const page = pageLeft(response)
    if (page) await show(request, response, page)
  }
  const refuse: RequestHandler = (request, response) =>
    show(request, response, { is: 'refusal', refusal: new Refusal('not_supported') })
  const when =
    (isEnabled: boolean) =>
    (...steps: RequestHandler[]): RequestHandler[] =>
      isEnabled ? [...steps, serve] : [refuse]
  const through = when(oidcServer.enabled)

  const programs = Router()
  for (const path of [ENDPOINTS.discovery, ENDPOINTS.jwks]) programs.route(path).get(through()).options(through())
  const givesTokens = oidcServer.enabled || deviceLogin.enabled || exchangesTokens(context.settings)
  programs.get(DOCUMENTS.authorizationServer, givesTokens ? authorizationServer(context, serve) : refuse)
  const document = givesTokens ? protectedResource(context) : refuse
  programs.get(DOCUMENTS.protectedResource, document)
  programs.get(`${DOCUMENTS.protectedResource}/*path`, document)
  const toTokens = when(givesTokens)
  programs.route(ENDPOINTS.token).post(toTokens()).options(toTokens())
  programs.post(ENDPOINTS.device_authorization, when(deviceLogin.enabled)(limitDevices(context)))
  const registers = oidcServer.enabled && deviceLogin.enabled && deviceLogin.registration
  programs.post(ENDPOINTS.registration, registers ? registration(context) : refuse)
  const userInfo = through(beforeUserInfo(context))
  programs.route(ENDPOINTS.userinfo).get(userInfo).post(userInfo).options(through())

  programs.post(ENDPOINTS.introspection, introspection(context, serve))
  programs.post(ENDPOINTS.revocation, revocation(context, reports, serve))
  programs.use(answerUnavailable(context))

  const browsers = Router()
  browsers.route(ENDPOINTS.authorization).get(through(beforeAuthorization(context)))
  browsers.route(`${ENDPOINTS.authorization}/:uid`).get(through())
  browsers.route(ENDPOINTS.end_session).get(through())
  browsers.route(`${ENDPOINTS.end_session}/confirm`).post(through())
  browsers.route(`${ENDPOINTS.end_session}/success`).get(through())
  return { programs, browsers, provider }
}

/** Slows down devices of one network that ask for more codes than people would answer. */
function limitDevices({ redis }: Context): RequestHandler {
  const throttle = requestThrottle(redis)
  return async (request, response, next) => {
    const wait = await throttle.count(request.ip)
    if (wait === undefined) return next()
    response.status(429).set({ 'Retry-After': String(wait), 'Cache-Control': 'no-store' })
    response.json({ error: 'slow_down', error_description: 'Too many devices at this network ask for codes' })
  }
}
