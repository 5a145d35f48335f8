import type { GatewayKind, GatewaySite } from '../core/kubernetes/gateway-site.js'
import type { Settings } from '../settings/schema.js'

/** The numbers of named ports, as far as Services are known. */
export type PortLookup = GatewaySite['portOf']

/** What the settings say of a site's routes. */
export function gatewaySite(settings: Settings, portOf: PortLookup, gateway?: GatewayKind): GatewaySite {
  const { kubernetes, baseUrl, allowSubdomains, knownScopes, tokenCookies } = settings
  const { checks, checksUrl, gateways, droppedAnnotations } = kubernetes
  const port = checks.port === 80 ? '' : `:${checks.port}`
  return {
    gateway: gateway ?? kubernetes.gateway,
    baseUrl,
    allowSubdomains,
    knownScopes: new Set(knownScopes.keys()),
    tokenCookies: new Set(tokenCookies),
    checks,
    checksUrl:
      checksUrl?.href.replace(/\/$/, '') ?? `http://${checks.name}.${checks.namespace}.svc.cluster.local${port}`,
    parents: gateways,
    droppedAnnotations: new Set(droppedAnnotations),
    portOf,
  }
}
