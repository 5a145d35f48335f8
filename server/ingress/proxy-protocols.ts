import type { IncomingMessage } from 'node:http'
import { type OriginalRequest, originalOfEnvoy, originalOfForwardAuth, originalOfNginx } from './original-request.js'

/** What one kind of proxy can say and take. Which it is stands in the path, which only the proxy's configuration writes. */
export interface ProxyProtocol {
  /** nginx passes on 401 and 403 only; the others pass on whatever they get. */
  readonly statuses: 'wrapped' | 'true'
  /** Whether headers that say nothing are sent, too, to overwrite what a client made up. */
  readonly everyHeader: boolean
  /** Whether the credentials that are not to go on have to be named, because they otherwise do. */
  readonly namesRemoved: boolean
}

/** A check as it was asked for. */
export interface AuthRequest {
  readonly protocol: ProxyProtocol
  /** The requirement's query string. */
  readonly query: string
  readonly original: OriginalRequest
}

// biome-ignore format: a table reads in columns
const NGINX: ProxyProtocol   = { statuses: 'wrapped', everyHeader: false, namesRemoved: false }
// biome-ignore format: a table reads in columns
const FORWARD: ProxyProtocol = { statuses: 'true',    everyHeader: true,  namesRemoved: false }
// biome-ignore format: a table reads in columns
const ENVOY: ProxyProtocol   = { statuses: 'true',    everyHeader: true,  namesRemoved: true }

const ENVOY_PREFIX = '/ingress/envoy/'

/**
 * What is asked, by the path:
 *
 *   /ingress/auth?<requirement>                    nginx, and what speaks Gafaelfawr's contract
 *   /ingress/forward?<requirement>                 Caddy, Traefik
 *   /ingress/envoy/<requirement>/<original path>   Envoy, which appends the original path to a prefix
 *
 * @returns undefined for any other path
 */
export function parseAuthRequest(request: IncomingMessage, scheme: string): AuthRequest | undefined {
  const target = request.url ?? ''
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark + 1)
  if (path === '/ingress/auth') return { protocol: NGINX, query, original: originalOfNginx(request) }
  if (path === '/ingress/forward') return { protocol: FORWARD, query, original: originalOfForwardAuth(request) }
  if (!path.startsWith(ENVOY_PREFIX)) return undefined
  const slash = target.indexOf('/', ENVOY_PREFIX.length)
  if (slash < 0) return undefined
  const original = originalOfEnvoy(request, target.slice(slash), scheme)
  return { protocol: ENVOY, query: target.slice(ENVOY_PREFIX.length, slash), original }
}
