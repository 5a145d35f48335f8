import { MANAGED_BY, OPERATOR } from '../manifest.js'

/** An object as the API server has it. */
export interface StandingObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: StandingMetadata
  readonly [field: string]: unknown
}

export interface StandingMetadata {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  /** Counts the changes of what is wanted; absent where a kind has no status. */
  readonly generation?: number | undefined
  readonly deletionTimestamp?: string | undefined
  readonly finalizers?: readonly string[] | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly ownerReferences?: readonly StandingOwner[] | undefined
  readonly managedFields?: readonly FieldsEntry[] | undefined
}

export interface StandingOwner {
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean | undefined
}

/** The fields that one program has set, in the API server's books. */
export interface FieldsEntry {
  readonly manager?: string | undefined
  readonly operation?: string | undefined
  readonly subresource?: string | undefined
  readonly fieldsV1?: unknown
  readonly [field: string]: unknown
}

/** Names an object among all of a cluster: `HTTPRoute tap/tap`. */
export function idOf({
  kind,
  metadata: { namespace, name },
}: {
  readonly kind: string
  readonly metadata: { readonly namespace?: string | undefined; readonly name: string }
}): string {
  return `${kind} ${namespace ?? ''}/${name}`
}

/** The object that controls another. */
export function controllerOf({ ownerReferences }: StandingMetadata): StandingOwner | undefined {
  return ownerReferences?.find(({ controller }) => controller)
}

/**
 * Whether the operator has made an object for this owner. The label alone says little: users write labels, too.
 */
export function isMadeFor({ metadata }: StandingObject, uid: string): boolean {
  return metadata.labels?.[MANAGED_BY] === OPERATOR && controllerOf(metadata)?.uid === uid
}
