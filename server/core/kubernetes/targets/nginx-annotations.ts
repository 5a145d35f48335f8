import type { FieldProblem } from '../field-problem.js'
import type { GatewaySite } from '../gateway-site.js'
import type { ProtectedRoute } from '../route.js'

const PREFIX = 'nginx.ingress.kubernetes.io/'

/** What the annotations of an Ingress say that HTTPRoute says in fields. */
export interface RouteOptions {
  /** Annotations for others. */
  readonly annotations: Readonly<Record<string, string>>
  /** Whether paths are regular expressions. */
  readonly regex: boolean
  readonly rewriteTarget?: string | undefined
  /** Seconds. */
  readonly timeout?: number | undefined
}

/** What tunes nginx alone, and protects nothing. */
const HARMLESS =
  /^(?:proxy-(?:body-size|buffering|buffer-size|buffers-number|busy-buffers-size|request-buffering|connect-timeout|send-timeout|http-version|max-temp-file-size|next-upstream.*)|client-body-buffer-size|ssl-redirect|force-ssl-redirect|connection-proxy-header|service-upstream|enable-access-log|enable-rewrite-log|load-balance|websocket-services|http2-push-preload|auth-(?:method|response-headers|url|signin|cache-key|cache-duration))$/

/** Those that become fields. */
const TRANSLATED = ['use-regex', 'rewrite-target', 'proxy-read-timeout']

/**
 * Reads the annotations of a template for gateways that do not.
 *
 * Attack: a route was open to one network alone, by `allowlist-source-range`; on the new gateway it would be open to all. What is
 * neither translated nor known to be harmless is refused, and the site may name what it drops.
 */
export function routeOptions({ template, fields }: ProtectedRoute, site: GatewaySite): RouteOptions | FieldProblem[] {
  const given = Object.entries(template.metadata.annotations ?? {})
  const nginx = new Map(
    given.filter(([name]) => name.startsWith(PREFIX)).map(([name, value]) => [name.slice(PREFIX.length), value]),
  )
  const lost = [...nginx.keys()].filter(
    (name) => !HARMLESS.test(name) && !TRANSLATED.includes(name) && !site.droppedAnnotations.has(name),
  )
  if (lost.length > 0) {
    const message = `${site.gateway} has no counterpart; remove it, or add it to kubernetes.droppedAnnotations`
    return lost.map((name) => ({ path: `${fields.annotations}["${PREFIX}${name}"]`, message }))
  }
  const timeout = Number(nginx.get('proxy-read-timeout'))
  return {
    annotations: Object.fromEntries(given.filter(([name]) => !name.startsWith(PREFIX))),
    regex: nginx.get('use-regex') === 'true' || nginx.has('rewrite-target'),
    rewriteTarget: nginx.get('rewrite-target'),
    timeout: Number.isInteger(timeout) && timeout > 0 ? timeout : undefined,
  }
}
