import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import { type EpochSeconds, isoTime } from '../../core/time.js'
import type { ApiClient } from '../cluster/api-client.js'
import { EVENT } from '../cluster/kinds.js'
import { createObject } from '../cluster/objects.js'

const COMPONENT = 'postern-operator'
/** The bound of the API server. */
const MAX_MESSAGE = 1024

/** Says on an object what became of it, where `kubectl describe` shows it. */
export async function recordEvent(
  api: ApiClient,
  { apiVersion, kind, metadata }: StandingObject,
  { reason, message }: { readonly reason: string; readonly message: string },
  now: EpochSeconds,
): Promise<void> {
  const { name, namespace, uid, resourceVersion } = metadata
  const at = isoTime(now)
  await createObject(api, EVENT, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name.slice(0, 200)}.${uid.slice(0, 8)}.${resourceVersion}.${reason.toLowerCase()}`,
      namespace,
    },
    involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
    type: reason === 'Failed' ? 'Warning' : 'Normal',
    reason,
    message: message.slice(0, MAX_MESSAGE),
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  })
}
