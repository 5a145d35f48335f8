import { createHash } from 'node:crypto'
import type { Manifest } from '../../core/kubernetes/manifest.js'
import type { Step } from '../../core/kubernetes/operator/plan.js'
import { idOf, type StandingObject } from '../../core/kubernetes/operator/standing.js'
import { ApiError, isMissing } from '../cluster/api-error.js'
import type { Kind } from '../cluster/kinds.js'
import { applyObject, getObject, removeObject } from '../cluster/objects.js'
import type { OperatorParts } from './parts.js'
import { inheritFields } from './take-over.js'

/** The annotation that only a maker of Ingresses for ingress-nginx sets. */
const INGRESS_MARK = 'nginx.ingress.kubernetes.io/auth-url'

/** What steps have led to. */
export interface Taken {
  /** Objects that did not stand before. */
  readonly created: Set<string>
  changes: number
  /** What stands now, of the same resource. */
  readonly standing: Map<string, StandingObject>
}

/** Takes steps, and knows the last statement about each object. */
export class Applier {
  readonly #parts: OperatorParts
  readonly #stated = new Map<string, string>()

  constructor(parts: OperatorParts) {
    this.#parts = parts
  }

  /** Whether the last statement about an object said the same. */
  readonly isApplied = (object: Manifest): boolean => this.#stated.get(idOf(object)) === digest(object)

  /**
   * Takes steps in their order, up to the first that fails.
   *
   * @param standing what the operator has made before
   */
  async take(
    steps: readonly Step[],
    kindOf: (name: string) => Kind,
    standing: readonly StandingObject[],
  ): Promise<Taken> {
    const { api, log } = this.#parts
    const taken: Taken = {
      created: new Set(),
      changes: 0,
      standing: new Map(standing.map((each) => [idOf(each), each])),
    }
    for (const { does, object } of steps) {
      const id = idOf(object)
      const kind = kindOf(object.kind)
      if (does === 'remove') {
        await removeObject(api, kind, object)
        this.#stated.delete(id)
        taken.standing.delete(id)
      } else {
        const before = taken.standing.get(id)?.metadata.resourceVersion ?? (await this.#find(kind, object))
        const applied = await this.#apply(kind, object)
        this.#stated.set(id, digest(object))
        taken.standing.set(id, applied)
        if (before === applied.metadata.resourceVersion) continue
        if (before === undefined) taken.created.add(id)
      }
      taken.changes++
      log.info({ object: id, does }, 'Kubernetes object')
    }
    return taken
  }

  /** Looks for an object that others have made, and takes its fields over. @returns its version */
  async #find(kind: Kind, { metadata }: Manifest): Promise<string | undefined> {
    const place = { namespace: metadata.namespace ?? '', name: metadata.name }
    const found =
      kind.kind === 'Ingress'
        ? await inheritFields(this.#parts, { kind, place, mark: INGRESS_MARK })
        : await getObject(this.#parts.api, kind, place)
    return found?.metadata.resourceVersion
  }

  async #apply(kind: Kind, object: Manifest): Promise<StandingObject> {
    try {
      return await applyObject(this.#parts.api, kind, object)
    } catch (error) {
      if (!isMissing(error)) throw error
      throw new ApiError(404, { message: `${kind.kind} of ${kind.apiVersion} is not installed in this cluster` })
    }
  }
}

function digest(object: Manifest): string {
  return createHash('sha256').update(JSON.stringify(object)).digest('base64')
}
