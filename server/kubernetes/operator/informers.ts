import { MANAGED_BY, OPERATOR } from '../../core/kubernetes/manifest.js'
import { controllerOf, idOf, type StandingObject } from '../../core/kubernetes/operator/standing.js'
import { type Change, Informer, type InformerOptions } from '../cluster/informer.js'
import type { Kind } from '../cluster/kinds.js'

/** One informer for each namespace that is watched. */
export class KindInformers {
  readonly kind: Kind
  readonly informers: readonly Informer[]

  /** @param namespaces undefined: all of the cluster */
  constructor(options: Omit<InformerOptions, 'namespace'>, namespaces: readonly string[] | undefined) {
    this.kind = options.kind
    this.informers = (namespaces ?? [undefined]).map((namespace) => new Informer({ ...options, namespace }))
  }

  get(key: string): StandingObject | undefined {
    return this.informers.map(({ objects }) => objects.get(key)).find((each) => each !== undefined)
  }

  all(): StandingObject[] {
    return this.informers.flatMap(({ objects }) => [...objects.values()])
  }

  get size(): number {
    return this.informers.reduce((sum, { objects }) => sum + objects.size, 0)
  }

  /** Settles when all have been listed, or cannot be. */
  async looked(): Promise<void> {
    await Promise.all(this.informers.map(({ looked }) => looked))
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.informers.map((each) => each.run(signal)))
  }
}

/** What the operator has made of some kinds, by the resource that it was made for. */
export class MadeObjects {
  readonly kinds: readonly KindInformers[]
  readonly #byOwner = new Map<string, Map<string, StandingObject>>()
  readonly #owners = new Map<string, string>()

  /** @param onChange called with the owner of each object that has changed or is gone */
  constructor(
    kinds: readonly Kind[],
    options: Omit<InformerOptions, 'kind' | 'namespace' | 'labelSelector' | 'onChange'>,
    namespaces: readonly string[] | undefined,
    onChange: (owner: { readonly kind: string; readonly key: string }) => void,
  ) {
    const heard = (object: StandingObject, change: Change) => {
      const owner = controllerOf(object.metadata)
      this.#dropOwner(idOf(object))
      if (!owner) return
      if (change !== 'gone') this.#noteOwner(idOf(object), owner.uid, object)
      if (change !== 'listed') onChange({ kind: owner.kind, key: `${object.metadata.namespace}/${owner.name}` })
    }
    const labelSelector = `${MANAGED_BY}=${OPERATOR}`
    this.kinds = kinds.map(
      (kind) => new KindInformers({ ...options, kind, labelSelector, onChange: heard }, namespaces),
    )
  }

  madeFor(uid: string): StandingObject[] {
    return [...(this.#byOwner.get(uid)?.values() ?? [])]
  }

  #noteOwner(id: string, uid: string, object: StandingObject): void {
    const made = this.#byOwner.get(uid) ?? new Map<string, StandingObject>()
    this.#byOwner.set(uid, made.set(id, object))
    this.#owners.set(id, uid)
  }

  /** An object may have been made for another resource before, of the same name. */
  #dropOwner(id: string): void {
    const uid = this.#owners.get(id)
    if (uid === undefined) return
    const made = this.#byOwner.get(uid)
    made?.delete(id)
    if (made?.size === 0) this.#byOwner.delete(uid)
    this.#owners.delete(id)
  }
}
