/** A Kubernetes object as YAML states it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly [field: string]: unknown
}

export interface Metadata {
  readonly name: string
  /** Absent for what belongs to the whole cluster. */
  readonly namespace?: string | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly ownerReferences?: readonly OwnerReference[] | undefined
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: true
  readonly blockOwnerDeletion: boolean
}

/** The object that another is made for. */
export interface Origin {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace: string
  /** Absent without a cluster: nothing can be owned by what is only in a file. */
  readonly uid?: string | undefined
}

/** The label by which the operator finds what it has made. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by'
export const OPERATOR = 'Postern'

/** The metadata of an object in its origin's namespace, which goes when the origin goes. */
export function ownedMetadata(origin: Origin, { name, annotations, labels }: Metadata): Metadata {
  const { apiVersion, kind, uid } = origin
  const owner = uid && {
    apiVersion,
    kind,
    name: origin.name,
    uid,
    controller: true as const,
    blockOwnerDeletion: true as const,
  }
  return {
    name,
    namespace: origin.namespace,
    ...(annotations && Object.keys(annotations).length > 0 && { annotations }),
    labels: { ...labels, [MANAGED_BY]: OPERATOR },
    ...(owner && { ownerReferences: [owner] }),
  }
}
