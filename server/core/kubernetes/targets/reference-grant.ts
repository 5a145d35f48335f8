import type { GatewayKind, GatewaySite } from '../gateway-site.js'
import { MANAGED_BY, type Manifest, OPERATOR } from '../manifest.js'
import { GATEWAY_API } from './http-route.js'

/** The kind that names the checks' Service. */
export interface Referrer {
  readonly group: string
  readonly kind: string
  readonly namespace: string
}

/**
 * Lets a namespace's routes name the checks' Service. All routes of a namespace share it, so that none owns it.
 *
 * @returns nothing where the Service is in the same namespace
 */
export function referenceGrants({ checks }: GatewaySite, { group, kind, namespace }: Referrer): Manifest[] {
  if (namespace === checks.namespace) return []
  return [
    {
      apiVersion: `${GATEWAY_API}/v1beta1`,
      kind: 'ReferenceGrant',
      metadata: {
        name: `${checks.name}-for-${namespace}`,
        namespace: checks.namespace,
        labels: { [MANAGED_BY]: OPERATOR },
      },
      spec: { from: [{ group, kind, namespace }], to: [{ group: '', kind: 'Service', name: checks.name }] },
    },
  ]
}

/** By gateway: the kind of its objects that names the checks' Service. */
const REFERRERS: Readonly<Record<GatewayKind, Omit<Referrer, 'namespace'> | undefined>> = {
  nginx: undefined,
  'gateway-api': { group: GATEWAY_API, kind: 'HTTPRoute' },
  'envoy-gateway': { group: 'gateway.envoyproxy.io', kind: 'SecurityPolicy' },
  'nginx-gateway': { group: GATEWAY_API, kind: 'HTTPRoute' },
  traefik: undefined,
}

/** The one grant of a namespace whose routes are for these gateways; nothing where none of them needs it. */
export function grantFor(site: GatewaySite, namespace: string, gateways: readonly GatewayKind[]): Manifest | undefined {
  const needed = gateways.map((each) => REFERRERS[each]).filter((each) => each !== undefined)
  return needed.flatMap((each) => referenceGrants(site, { ...each, namespace })).reduce(joinGrants, undefined)
}

/** Grants of one name as one, since the second would take away what the first gives. */
export function joinGrants(one: Manifest | undefined, other: Manifest): Manifest {
  if (!one || !isGrant(one.spec) || !isGrant(other.spec)) return other
  const texts = new Set([...one.spec.from, ...other.spec.from].map((each) => JSON.stringify(each)))
  return { ...other, spec: { ...other.spec, from: [...texts].sort().map((each): unknown => JSON.parse(each)) } }
}

function isGrant(spec: unknown): spec is { readonly from: readonly object[] } {
  return typeof spec === 'object' && spec !== null && 'from' in spec && Array.isArray(spec.from)
}
