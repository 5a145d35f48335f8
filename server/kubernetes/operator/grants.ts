import { z } from 'zod'
import type { GatewayKind } from '../../core/kubernetes/gateway-site.js'
import type { Manifest } from '../../core/kubernetes/manifest.js'
import { covers } from '../../core/kubernetes/operator/covers.js'
import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import { grantFor, joinGrants } from '../../core/kubernetes/targets/reference-grant.js'
import { REFERENCE_GRANT } from '../cluster/kinds.js'
import { applyObject, removeObject } from '../cluster/objects.js'
import { gatewaySite } from '../site.js'
import type { KindInformers } from './informers.js'
import type { OperatorParts } from './parts.js'

/** What the grants depend on. */
export interface GrantParts extends OperatorParts {
  /** The ReferenceGrants that the operator has made. */
  readonly standing: KindInformers
  /** The gateways that the routes of a namespace are for. */
  readonly gatewaysOf: (namespace: string) => readonly GatewayKind[]
  /** The kinds of which the operator's objects stand in a namespace. */
  readonly kindsIn: (namespace: string) => ReadonlySet<string>
  /** Whether all resources are known, so that one that is not there is gone. */
  readonly isComplete: () => boolean
}

const grantSpec = z.looseObject({ from: z.array(z.looseObject({ kind: z.string() })) })

/** Has each namespace whose routes name the checks' Service allowed to: by one grant, which its routes share. */
export class Grants {
  readonly #parts: GrantParts

  constructor(parts: GrantParts) {
    this.#parts = parts
  }

  /** Makes the grant of a namespace, or widens it, for a route of this gateway. */
  async ensure(namespace: string, gateway: GatewayKind): Promise<void> {
    const needed = grantFor(
      gatewaySite(this.#parts.settings, () => undefined),
      namespace,
      [gateway],
    )
    if (needed && !includes(this.#standing(namespace), needed)) await this.#apply(this.#wanted(namespace))
  }

  /** Whether there is a grant that could be too wide. */
  stands(namespace: string): boolean {
    return this.#standing(namespace) !== undefined
  }

  /** Narrows the grant of a namespace to what its routes need, or removes it. */
  async trim(namespace: string): Promise<void> {
    const standing = this.#standing(namespace)
    if (!standing || !this.#parts.isComplete()) return
    const wanted = this.#wanted(namespace)
    if (wanted) await this.#apply(wanted)
    else await removeObject(this.#parts.api, REFERENCE_GRANT, standing)
  }

  async #apply(wanted: Manifest | undefined): Promise<void> {
    if (!wanted || covers(this.#parts.standing.get(`${wanted.metadata.namespace}/${wanted.metadata.name}`), wanted))
      return
    await applyObject(this.#parts.api, REFERENCE_GRANT, wanted)
  }

  /** Routes that stand need theirs still, though their resource now says otherwise: it may be wrong. */
  #wanted(namespace: string): Manifest | undefined {
    const { settings, gatewaysOf, kindsIn } = this.#parts
    const site = gatewaySite(settings, () => undefined)
    const declared = grantFor(site, namespace, gatewaysOf(namespace))
    const standing = this.#standing(namespace)
    const kinds = kindsIn(namespace)
    const from = fromOf(standing?.spec).filter(({ kind }) => kinds.has(kind))
    const whole = grantFor(site, namespace, ['gateway-api'])
    if (from.length === 0 || !whole) return declared
    return joinGrants(declared, { ...whole, spec: { ...Object(whole.spec), from } })
  }

  #standing(namespace: string): StandingObject | undefined {
    const { checks } = this.#parts.settings.kubernetes
    return this.#parts.standing.get(`${checks.namespace}/${checks.name}-for-${namespace}`)
  }
}

/** Whether a grant has all that another gives. */
function includes(standing: StandingObject | undefined, needed: Manifest): boolean {
  const kinds = new Set(fromOf(standing?.spec).map(({ kind }) => kind))
  return fromOf(needed.spec).every(({ kind }) => kinds.has(kind))
}

function fromOf(spec: unknown): readonly { readonly kind: string; readonly [field: string]: unknown }[] {
  return grantSpec.safeParse(spec).data?.from ?? []
}
