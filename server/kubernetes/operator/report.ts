import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { GAFAELFAWR } from '../../core/kubernetes/gafaelfawr-ingress.js'
import {
  type Condition,
  type FoundCondition,
  nextCondition,
  type Outcome,
} from '../../core/kubernetes/operator/condition.js'
import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import { isMissing } from '../cluster/api-error.js'
import { GAFAELFAWR_SERVICE_TOKEN, type Kind } from '../cluster/kinds.js'
import { patchObject } from '../cluster/objects.js'
import { recordEvent } from './events.js'
import type { OperatorParts } from './parts.js'

const condition = z.looseObject({
  type: z.string().optional(),
  status: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().optional(),
  observedGeneration: z.number().optional(),
})
const status = z.looseObject({
  create: condition.optional().catch(undefined),
  periodic: condition.optional().catch(undefined),
  conditions: z.array(condition).optional().catch(undefined),
  kopf: z.unknown().optional(),
})

/** A resource, and the kind by which the API server serves it. */
export interface Subject {
  readonly kind: Kind
  readonly resource: StandingObject
}

/** More of a status than its condition. */
export type StatusFields = Readonly<Record<string, string | readonly string[] | undefined>>

/** Writes what became of resources to their status, in the form that their kind has, and as events. */
export class Reporter {
  readonly #parts: OperatorParts
  /** The last statuses written, until they come back: a resource may be read before they do. */
  readonly #written = new Map<string, StandingObject>()

  constructor(parts: OperatorParts) {
    this.#parts = parts
  }

  /** Writes nothing where the status says so already. */
  async report(subject: Subject, outcome: Outcome, fields: StatusFields = {}): Promise<void> {
    const { api, clock } = this.#parts
    const { kind, resource } = subject
    const now = clock()
    const generation = resource.metadata.generation ?? 0
    const isGafaelfawrs = resource.apiVersion === GAFAELFAWR
    const type = isGafaelfawrs ? 'ResourceCreated' : 'Ready'
    const before = this.#statusOf(resource)
    const known = isGafaelfawrs ? before?.create : before?.conditions?.find((each) => each.type === type)
    const next = nextCondition(known, outcome, { type, generation, now })
    const more = Object.entries(fields).filter(([name, value]) => !isDeepStrictEqual(before?.[name], value))
    if (!next && more.length === 0) return
    const body = {
      ...Object.fromEntries(more.map(([name, value]) => [name, value ?? null])),
      ...(next && conditionFields(subject, next, known)),
    }
    try {
      const written = await patchObject(api, kind, resource.metadata, { subresource: 'status', status: body })
      this.#written.set(resource.metadata.uid, written)
    } catch (error) {
      // It has gone in the meantime.
      if (isMissing(error)) return
      throw error
    }
    if (next) await this.#tell(resource, next, now)
  }

  /** For a resource that is gone. */
  drop(uid: string): void {
    this.#written.delete(uid)
  }

  #statusOf(resource: StandingObject) {
    const { uid, resourceVersion } = resource.metadata
    const written = this.#written.get(uid)
    const isOlder = written && BigInt(resourceVersion) < BigInt(written.metadata.resourceVersion)
    if (!isOlder) this.#written.delete(uid)
    return status.safeParse((isOlder ? written : resource).status ?? {}).data
  }

  async #tell(resource: StandingObject, said: Condition, now: number): Promise<void> {
    const { api, log } = this.#parts
    await recordEvent(api, resource, said, now).catch((error: Error) => {
      log.debug({ cause: error.message }, 'Kubernetes event refused')
    })
  }
}

/** Gafaelfawr has the outcome of a change in `create`, and that of a repair of a Secret in `periodic`. */
function conditionFields({ kind, resource }: Subject, next: Condition, known: FoundCondition | undefined) {
  const { observedGeneration } = next
  if (resource.apiVersion !== GAFAELFAWR) return { observedGeneration, conditions: [next] }
  const isSame = known?.status === next.status && known.observedGeneration === observedGeneration
  return isSame && kind.kind === GAFAELFAWR_SERVICE_TOKEN.kind ? { periodic: next } : { create: next }
}

/** Whether Kopf has left its own notes in a status. */
export function hasKopfStatus(resource: StandingObject): boolean {
  return (status.safeParse(resource.status ?? {}).data?.kopf ?? undefined) !== undefined
}
