import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import { hasKopfStatus } from './report.js'

/** What of a resource the operator acts on: its own writes to the status change the rest. */
export function fingerprint(resource: StandingObject): string {
  const { uid, generation, deletionTimestamp, finalizers, labels, annotations } = resource.metadata
  return JSON.stringify([uid, generation, deletionTimestamp, finalizers, labels, annotations, hasKopfStatus(resource)])
}
