import type { FieldsEntry, StandingMetadata } from './standing.js'

/** The name under which the operator sets fields. */
export const FIELD_MANAGER = 'postern-operator'

const KOPF = 'kopf.zalando.org/'
const FINALIZER = `${KOPF}KopfFinalizerMarker`

/** A merge patch of metadata. */
export interface MetadataPatch {
  readonly resourceVersion: string
  readonly finalizers?: readonly string[]
  readonly annotations?: Readonly<Record<string, null>>
}

/**
 * What removes the marks of Kopf, the library of Gafaelfawr's operator. Its finalizer outlives that operator, and then the
 * object is never deleted.
 *
 * @returns nothing where there are none
 */
export function withoutKopf({
  resourceVersion,
  finalizers = [],
  annotations,
}: StandingMetadata): MetadataPatch | undefined {
  const notes = Object.keys(annotations ?? {}).filter(isKopfs)
  if (notes.length === 0 && !finalizers.includes(FINALIZER)) return undefined
  return {
    resourceVersion,
    ...(finalizers.includes(FINALIZER) && { finalizers: finalizers.filter((each) => each !== FINALIZER) }),
    ...(notes.length > 0 && { annotations: Object.fromEntries(notes.map((name) => [name, null])) }),
  }
}

export function isKopfs(name: string): boolean {
  return name.startsWith(KOPF)
}

/**
 * The API server's books with the fields of a former maker in the operator's name. Without that an annotation that the
 * resource drops later would stay, since the other program still wants it there.
 *
 * @param mark a field that only a maker of such an object sets
 * @returns nothing where no other program has set it
 */
export function inheritedFields(entries: readonly FieldsEntry[], mark: string): FieldsEntry[] | undefined {
  const isFormer = ({ manager, operation, subresource, fieldsV1 }: FieldsEntry) =>
    manager !== FIELD_MANAGER &&
    operation === 'Update' &&
    !subresource &&
    JSON.stringify(fieldsV1 ?? {}).includes(JSON.stringify(`f:${mark}`))
  const former = entries.filter(isFormer)
  const [first] = former
  if (!first || entries.some(({ manager }) => manager === FIELD_MANAGER)) return undefined
  const rest = entries.filter((each) => !former.includes(each))
  return [{ ...first, manager: FIELD_MANAGER, operation: 'Apply' }, ...rest]
}
