import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { Provider } from 'oidc-provider'
import { Refusal } from '../core/access/refusal.js'
import type { Context } from '../storage/context.js'
import { beforeAuthorization } from './authorize.js'
import { ENDPOINTS } from './endpoints.js'
import { type OpenIdPage, pageLeft } from './page.js'
import { createProvider } from './provider.js'
import { beforeUserInfo } from './user-info.js'

/** The OpenID Connect server of a process. */
export interface OpenIdServer {
  /** Addresses that programs call: no cookie counts there, and any origin may ask. */
  readonly programs: Router
  /** Addresses to which clients send browsers. */
  readonly browsers: Router
  /** The provider, made at its first use: its keys are in the database, which may be down at the start. */
  readonly provider: () => Promise<Provider>
}

type ShowPage = (request: Request, response: Response, page: OpenIdPage) => Promise<void>

/** Serves Gafaelfawr's addresses by `oidc-provider`; each is 404 where the site has not enabled it. */
export function openIdServer(context: Context, show: ShowPage): OpenIdServer {
  const isEnabled = context.settings.oidcServer.enabled
  let making: Promise<Provider> | undefined

  function provider(): Promise<Provider> {
    making ??= createProvider(context).catch((error: unknown) => {
      making = undefined
      throw error
    })
    return making
  }

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
  const through = (...steps: RequestHandler[]): RequestHandler[] => (isEnabled ? [...steps, serve] : [refuse])

  const programs = Router()
  for (const path of [ENDPOINTS.discovery, ENDPOINTS.jwks]) programs.route(path).get(through()).options(through())
  programs.route(ENDPOINTS.token).post(through()).options(through())
  const userInfo = through(beforeUserInfo(context))
  programs.route(ENDPOINTS.userinfo).get(userInfo).post(userInfo).options(through())

  const browsers = Router()
  browsers.route(ENDPOINTS.authorization).get(through(beforeAuthorization(context)))
  browsers.route(`${ENDPOINTS.authorization}/:uid`).get(through())
  browsers.route(ENDPOINTS.end_session).get(through())
  browsers.route(`${ENDPOINTS.end_session}/confirm`).post(through())
  browsers.route(`${ENDPOINTS.end_session}/success`).get(through())
  return { programs, browsers, provider }
}
