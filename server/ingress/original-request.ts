import type { IncomingMessage } from 'node:http'
import type { ParameterError } from '../core/access/fastapi-parameters.js'

/** The client's request, as far as the proxy describes it. */
export interface OriginalRequest {
  readonly method?: string
  /** Absolute. */
  readonly url?: string
  /** Errors for headers that the proxy must send, in Gafaelfawr's order. */
  readonly missing: { readonly early: readonly ParameterError[]; readonly late: readonly ParameterError[] }
}

const NOTHING_MISSING = { early: [], late: [] } as const

/** Reads nginx's `X-Original-Method` and `X-Original-URL`, which Gafaelfawr requires. */
export function originalOfNginx(request: IncomingMessage): OriginalRequest {
  const method = one(request, 'x-original-method')
  const url = one(request, 'x-original-url')
  return {
    ...(method !== undefined && { method }),
    ...(url !== undefined && { url }),
    missing: {
      early: method === undefined ? [missing('x-original-method')] : [],
      late: url === undefined ? [missing('x-original-url')] : [],
    },
  }
}

/** Reads `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri` of Caddy's `forward_auth` and Traefik's ForwardAuth. */
export function originalOfForwardAuth(request: IncomingMessage): OriginalRequest {
  const method = one(request, 'x-forwarded-method')
  const [proto, host, uri] = ['proto', 'host', 'uri'].map((name) => one(request, `x-forwarded-${name}`))
  const whole = proto !== undefined && host !== undefined && uri?.startsWith('/')
  return {
    ...(method !== undefined && { method }),
    ...(whole && { url: `${proto}://${host}${uri}` }),
    missing: NOTHING_MISSING,
  }
}

/** Reads Envoy's HTTP ext_authz: the original method and host, and the original path after a prefix of ours. */
export function originalOfEnvoy(request: IncomingMessage, path: string, scheme: string): OriginalRequest {
  const { headers, method } = request
  const { host } = headers
  return {
    ...(method !== undefined && { method }),
    ...(host !== undefined && { url: `${one(request, 'x-forwarded-proto') ?? scheme}://${host}${path}` }),
    missing: NOTHING_MISSING,
  }
}

/**
 * Reads `Path` and `Method` of NGINX Gateway Fabric, which sets both over the client's own, and the original `Host`. A proxy that
 * sets neither would let the client choose what is judged: their names are read on its own path alone.
 */
export function originalOfNginxGateway(request: IncomingMessage, scheme: string): OriginalRequest {
  const { host } = request.headers
  const [method, path] = [one(request, 'method'), one(request, 'path')]
  const isWhole = host !== undefined && path?.startsWith('/')
  return {
    ...(method !== undefined && { method }),
    ...(isWhole && { url: `${one(request, 'x-forwarded-proto') ?? scheme}://${host}${path}` }),
    missing: {
      early: method === undefined ? [missing('method')] : [],
      late: path === undefined ? [missing('path')] : [],
    },
  }
}

/** Returns a header that came once. Of two lines neither is used: Node would join them into a value that was not sent. */
function one(request: IncomingMessage, name: string): string | undefined {
  const lines = request.headersDistinct[name] ?? []
  return lines.length === 1 ? lines[0] : undefined
}

function missing(header: string): ParameterError {
  return { type: 'missing', loc: ['header', header], msg: 'Field required', input: null }
}
