/** The gateways that routes are made for. */
export const GATEWAYS = ['nginx', 'gateway-api', 'envoy-gateway', 'nginx-gateway', 'traefik'] as const
export type GatewayKind = (typeof GATEWAYS)[number]

/** A Gateway that routes attach to. */
export interface ParentGateway {
  readonly name: string
  readonly namespace?: string | undefined
  readonly sectionName?: string | undefined
}

/** The Service of the checks. */
export interface ChecksService {
  readonly name: string
  readonly namespace: string
  readonly port: number
}

/** What a site's routes have in common. */
export interface GatewaySite {
  readonly gateway: GatewayKind
  readonly baseUrl: URL
  /** Whether hosts below the base URL's are the site's, so that its cookies reach them. */
  readonly allowSubdomains: boolean
  readonly knownScopes: ReadonlySet<string>
  /** The cookies besides the session's that the site reads. */
  readonly tokenCookies: ReadonlySet<string>
  /** The checks' own address, without a path. */
  readonly checksUrl: string
  readonly checks: ChecksService
  /** For the gateways of Gateway API. */
  readonly parents: readonly ParentGateway[]
  /** Annotations for ingress-nginx that may be dropped with another gateway; without the prefix. */
  readonly droppedAnnotations: ReadonlySet<string>
  /** The number of a Service's named port, where the Service is known. */
  portOf(namespace: string, service: string, port: string): number | undefined
}
