import type { IncomingMessage } from 'node:http'
import type { ParameterError } from '../core/access/fastapi-parameters.js'

/** The request that a proxy asks about, as far as the proxy says. */
export interface OriginalRequest {
  readonly method?: string
  /** Absolute. */
  readonly url?: string
  /** What the proxy should have said, in the order in which Gafaelfawr complains. */
  readonly missing: { readonly early: readonly ParameterError[]; readonly late: readonly ParameterError[] }
}

const NOTHING_MISSING = { early: [], late: [] } as const

/** nginx: `X-Original-Method` and `X-Original-URL`, which its configuration sets and Gafaelfawr insists on. */
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

/** Caddy's `forward_auth` and Traefik's ForwardAuth: `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`. */
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

/** Envoy's HTTP ext_authz: the original method, host and path themselves, the path after a prefix of ours. */
export function originalOfEnvoy(request: IncomingMessage, path: string, scheme: string): OriginalRequest {
  const { headers, method } = request
  const { host } = headers
  return {
    ...(method !== undefined && { method }),
    ...(host !== undefined && { url: `${one(request, 'x-forwarded-proto') ?? scheme}://${host}${path}` }),
    missing: NOTHING_MISSING,
  }
}

/** A header that came once. Of two lines of it neither is believed: Node would join them into what nobody sent. */
function one(request: IncomingMessage, name: string): string | undefined {
  const lines = request.headersDistinct[name] ?? []
  return lines.length === 1 ? lines[0] : undefined
}

function missing(header: string): ParameterError {
  return { type: 'missing', loc: ['header', header], msg: 'Field required', input: null }
}
