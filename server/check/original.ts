import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { ParameterError } from '../core/query-parameters.js'

/** The request that a proxy asks about, as far as the proxy says. */
export interface Original {
  readonly method?: string
  /** Absolute. */
  readonly url?: string
  /** What the proxy should have said, in the order in which Gafaelfawr complains. */
  readonly missing: { readonly early: readonly ParameterError[]; readonly late: readonly ParameterError[] }
}

const NOTHING_MISSING = { early: [], late: [] } as const

/** nginx: `X-Original-Method` and `X-Original-URL`, which its configuration sets and Gafaelfawr insists on. */
export function originalOfNginx({ headers }: IncomingMessage): Original {
  const method = one(headers, 'x-original-method')
  const url = one(headers, 'x-original-url')
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
export function originalOfForwardAuth({ headers }: IncomingMessage): Original {
  const method = one(headers, 'x-forwarded-method')
  const [proto, host, uri] = ['proto', 'host', 'uri'].map((name) => one(headers, `x-forwarded-${name}`))
  const whole = proto !== undefined && host !== undefined && uri?.startsWith('/')
  return {
    ...(method !== undefined && { method }),
    ...(whole && { url: `${proto}://${host}${uri}` }),
    missing: NOTHING_MISSING,
  }
}

/** Envoy's HTTP ext_authz: the original method, host and path themselves, the path after a prefix of ours. */
export function originalOfEnvoy({ headers, method }: IncomingMessage, path: string, scheme: string): Original {
  const { host } = headers
  return {
    ...(method !== undefined && { method }),
    ...(host !== undefined && { url: `${one(headers, 'x-forwarded-proto') ?? scheme}://${host}${path}` }),
    missing: NOTHING_MISSING,
  }
}

/** A header as one text; nothing when it is not there. Two lines of it are not joined into something that nobody sent. */
function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

function missing(header: string): ParameterError {
  return { type: 'missing', loc: ['header', header], msg: 'Field required', input: null }
}
