import type { RequestHandler } from 'express'
import { DEVICE_GRANT } from '../core/openid/device.js'
import { EXCHANGE_GRANT } from '../core/openid/exchange.js'
import { ownUrl, siteAddress } from '../core/site/base-path.js'
import { resourceOf } from '../core/site/resource-metadata.js'
import type { Context } from '../storage/context.js'
import { ENDPOINTS } from './endpoints.js'
import { exchangesTokens } from './exchange/feature.js'

type Settings = Context['settings']

/** The issuer in tokens and in documents, to the letter. */
export function issuerOf({ oidcServer, baseUrl }: Settings): string {
  return oidcServer.issuer ?? siteAddress(baseUrl)
}

/**
 * Describes the authorization server to clients that know OAuth alone (RFC 8414). With an OpenID Connect server it is the
 * provider's own document; without one there are the device flow, the exchange, and the requests about tokens.
 */
export function authorizationServer({ settings }: Context, discovery: RequestHandler): RequestHandler {
  const at = (path: string) => ownUrl(settings.baseUrl, path).href
  return (request, response, next) => {
    if (settings.oidcServer.enabled) {
      request.url = ENDPOINTS.discovery
      return void discovery(request, response, next)
    }
    publish(response).json({
      issuer: issuerOf(settings),
      token_endpoint: at(ENDPOINTS.token),
      ...(settings.deviceLogin.enabled && {
        device_authorization_endpoint: at(ENDPOINTS.device_authorization),
      }),
      introspection_endpoint: at(ENDPOINTS.introspection),
      revocation_endpoint: at(ENDPOINTS.revocation),
      scopes_supported: [...settings.knownScopes.keys()],
      response_types_supported: [],
      grant_types_supported: grantsOf(settings),
      token_endpoint_auth_methods_supported: ['none'],
    })
  }
}

function grantsOf(settings: Settings): string[] {
  return [
    ...(settings.deviceLogin.enabled ? [DEVICE_GRANT] : []),
    ...(exchangesTokens(settings) ? [EXCHANGE_GRANT] : []),
  ]
}

/** Describes this site, or an address of it, to clients that look for who gives tokens for it (RFC 9728). */
export function protectedResource({ settings }: Context): RequestHandler {
  return (request, response) =>
    void publish(response).json({
      resource: resourceOf(settings.baseUrl, request.path),
      resource_name: settings.site.name,
      authorization_servers: [issuerOf(settings)],
      scopes_supported: [...settings.knownScopes.keys()],
      bearer_methods_supported: ['header'],
      resource_documentation: ownUrl(settings.baseUrl, '/auth/docs').href,
    })
}

/** Any page may read a document that has nothing of a user in it. */
function publish(response: Parameters<RequestHandler>[1]) {
  return response.set({ 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-cache' })
}
