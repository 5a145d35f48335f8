import { idOf, type StandingObject } from '../../core/kubernetes/operator/standing.js'
import { inheritedFields, withoutKopf } from '../../core/kubernetes/operator/take-over.js'
import type { Kind } from '../cluster/kinds.js'
import { getObject, type Place, patchObject } from '../cluster/objects.js'
import type { OperatorParts } from './parts.js'
import { hasKopfStatus } from './report.js'

/** Removes what Gafaelfawr's operator has left on a resource. */
export async function removeKopf({ api, log }: OperatorParts, kind: Kind, resource: StandingObject): Promise<void> {
  if (hasKopfStatus(resource))
    await patchObject(api, kind, resource.metadata, { subresource: 'status', status: { kopf: null } })
  const metadata = withoutKopf(resource.metadata)
  if (!metadata) return
  // The status has a new version since, and the finalizers must not have changed since they were read.
  const current = hasKopfStatus(resource) ? await getObject(api, kind, resource.metadata) : resource
  const patch = current && withoutKopf(current.metadata)
  if (!patch) return
  await patchObject(api, kind, resource.metadata, { metadata: patch })
  log.info({ object: idOf(resource) }, 'Taken over from Kopf')
}

/**
 * Takes over the fields that a former maker has set in an object, before the operator states its own. Nothing of the object
 * changes here; the statement then replaces it in one write, so that there is no moment without its protection.
 *
 * @param mark a field of such an object that only a maker sets
 */
export async function inheritFields(
  { api }: OperatorParts,
  { kind, place, mark }: { readonly kind: Kind; readonly place: Place; readonly mark: string },
): Promise<StandingObject | undefined> {
  const standing = await getObject(api, kind, place)
  const managedFields = standing && inheritedFields(standing.metadata.managedFields ?? [], mark)
  if (!managedFields) return standing
  const { resourceVersion } = standing.metadata
  return patchObject(api, kind, place, { metadata: { resourceVersion, managedFields } })
}
