import type { GatewaySite } from '../gateway-site.js'
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
