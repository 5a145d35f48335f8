import { stringify } from 'yaml'
import { asStated } from '../core/kubernetes/diff/as-stated.js'
import { unifiedDiff } from '../core/kubernetes/diff/unified-diff.js'
import type { Manifest } from '../core/kubernetes/manifest.js'
import { idOf } from '../core/kubernetes/operator/standing.js'
import type { ApiClient } from './cluster/api-client.js'
import { targetKind } from './cluster/kinds.js'
import { getObject } from './cluster/objects.js'

/**
 * Compares objects with what stands in a cluster, in the fields that they state.
 *
 * @returns a unified difference; no lines where all stands as stated
 */
export async function diffObjects(api: ApiClient, objects: readonly Manifest[]): Promise<string[]> {
  const lines: string[] = []
  for (const object of objects) {
    const { name, namespace = '' } = object.metadata
    const standing = await getObject(api, targetKind(object.kind), { namespace, name })
    const before = standing ? textOf(asStated(standing, object)) : ''
    const found = unifiedDiff(before, textOf(object))
    if (found.length > 0) lines.push(`--- ${standing ? idOf(object) : '/dev/null'}`, `+++ ${idOf(object)}`, ...found)
  }
  return lines
}

/** In the order of the names: that of the API server is another. */
function textOf(object: object): string {
  return stringify(object, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false })
}
