import type { IncomingMessage } from 'node:http'
import {
  type OriginalRequest,
  originalOfEnvoy,
  originalOfForwardAuth,
  originalOfNginx,
  originalOfNginxGateway,
} from './original-request.js'

/** The capabilities of one kind of proxy. The path names it, and only the proxy's configuration sets that path. */
export interface ProxyProtocol {
  /** Whether it asks with GET; Envoy asks with the method of the original request. */
  readonly ownMethod: boolean
  /** nginx passes on 401 and 403 only; the others pass on every status. */
  readonly statuses: 'wrapped' | 'true'
  /** Whether the proxy joins several lines of a header by commas, which cookies are not joined by. */
  readonly joinsLines: boolean
  /** The headers in which it states the request that it asks about; Envoy states it in the request itself. */
  readonly states: 'X-Original' | 'X-Forwarded' | 'Path' | 'itself'
  /** Whether the response must name the request's headers to remove, which the proxy otherwise forwards. */
  readonly namesRemoved: boolean
}

/** A parsed auth subrequest. */
export interface AuthRequest {
  readonly protocol: ProxyProtocol
  /** The requirement's query string. */
  readonly query: string
  readonly original: OriginalRequest
}

// biome-ignore format: a table reads in columns
const NGINX: ProxyProtocol   = { ownMethod: true,  statuses: 'wrapped', joinsLines: false, states: 'X-Original',   namesRemoved: false }
// biome-ignore format: a table reads in columns
const FORWARD: ProxyProtocol = { ownMethod: true,  statuses: 'true',    joinsLines: true,  states: 'X-Forwarded',  namesRemoved: false }
// biome-ignore format: a table reads in columns
const ENVOY: ProxyProtocol   = { ownMethod: false, statuses: 'true',    joinsLines: true,  states: 'itself',       namesRemoved: true }
// biome-ignore format: a table reads in columns
const GATEWAY: ProxyProtocol = { ownMethod: true,  statuses: 'wrapped', joinsLines: true,  states: 'Path',         namesRemoved: false }

const ENVOY_PREFIX = '/ingress/envoy/'
const GATEWAY_PREFIX = '/ingress/gateway/'
const ANONYMOUS = '/ingress/anonymous'

/**
 * Returns the protocol in which a proxy asks to let all clients pass: `/ingress/anonymous`, behind which Envoy puts the original
 * path. undefined for any other path.
 */
export function parseAnonymousRequest({ url = '' }: IncomingMessage): ProxyProtocol | undefined {
  if (url.startsWith(`${ANONYMOUS}/`)) return ENVOY
  return url.split('?', 1)[0] === ANONYMOUS ? NGINX : undefined
}

/**
 * Returns the protocol in which a proxy asks for a check, by the path alone:
 *
 *   /ingress/auth?<requirement>                    nginx, and other users of Gafaelfawr's contract
 *   /ingress/forward?<requirement>                 Caddy, Traefik
 *   /ingress/envoy/<requirement>/<original path>   Envoy, which appends the original path to a prefix
 *   /ingress/gateway/<requirement>                 NGINX Gateway Fabric, which states the original path in a header
 *
 * undefined for any other path.
 */
export function protocolOf(target: string): ProxyProtocol | undefined {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  if (path === '/ingress/auth') return NGINX
  if (path === '/ingress/forward') return FORWARD
  // With a slash it is not from a configuration of ours; with a question mark a part of the requirement would be lost.
  if (path.startsWith(GATEWAY_PREFIX)) return /[/?]/.test(target.slice(GATEWAY_PREFIX.length)) ? undefined : GATEWAY
  return path.startsWith(ENVOY_PREFIX) && target.includes('/', ENVOY_PREFIX.length) ? ENVOY : undefined
}

/** Parses an auth subrequest; undefined for a request on any other path. */
export function parseAuthRequest(request: IncomingMessage, scheme: string): AuthRequest | undefined {
  const target = request.url ?? ''
  const protocol = protocolOf(target)
  if (!protocol) return undefined
  if (protocol === GATEWAY) {
    return { protocol, query: target.slice(GATEWAY_PREFIX.length), original: originalOfNginxGateway(request, scheme) }
  }
  if (protocol === ENVOY) {
    const slash = target.indexOf('/', ENVOY_PREFIX.length)
    const original = originalOfEnvoy(request, target.slice(slash), scheme)
    return { protocol, query: target.slice(ENVOY_PREFIX.length, slash), original }
  }
  const mark = target.indexOf('?')
  const query = mark < 0 ? '' : target.slice(mark + 1)
  return { protocol, query, original: protocol === NGINX ? originalOfNginx(request) : originalOfForwardAuth(request) }
}
