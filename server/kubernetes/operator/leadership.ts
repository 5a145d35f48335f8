import type { LabelledCounter } from '../../core/counters.js'
import type { GatewayKind } from '../../core/kubernetes/gateway-site.js'
import { MANAGED_BY, OPERATOR } from '../../core/kubernetes/manifest.js'
import { idOf, type StandingObject } from '../../core/kubernetes/operator/standing.js'
import type { Change } from '../cluster/informer.js'
import {
  type Kind,
  REFERENCE_GRANT,
  ROUTE_SOURCES,
  ROUTE_TARGETS,
  SECRET,
  SERVICE,
  TOKEN_SOURCES,
} from '../cluster/kinds.js'
import { stateOf } from '../service-tokens/found.js'
import { TokenReconciler } from '../service-tokens/token-reconciler.js'
import { fingerprint } from './fingerprint.js'
import { Grants } from './grants.js'
import { KindInformers, MadeObjects } from './informers.js'
import type { ListTime, OperatorOptions, ServiceTokenState } from './parts.js'
import { gatewayOf, RouteReconciler } from './route-reconciler.js'
import { ServicePorts } from './service-ports.js'
import { WorkQueue } from './work-queue.js'

const RELIST_MS = 600_000
const WORKERS = 5

/** The work of an operator from the moment at which it leads until it does no more. */
export class Leadership {
  readonly #options: OperatorOptions
  readonly #reconciles: LabelledCounter
  readonly #signal: AbortSignal
  readonly #watching: Pick<OperatorOptions, 'api' | 'log'> & { readonly relistMs: number }
  readonly #sources: readonly KindInformers[]
  readonly #tokenSources: readonly KindInformers[]
  readonly #made: MadeObjects
  readonly #ports: ServicePorts
  readonly #grants: Grants
  readonly #grantInformers: KindInformers
  readonly #routes: RouteReconciler
  readonly #tokens: TokenReconciler | undefined
  readonly #secrets: MadeObjects
  readonly #queue: WorkQueue
  /** Resources that came before all were known. */
  #held: Set<string> | undefined = new Set()
  readonly #fingerprints = new Map<string, string>()
  readonly #runs: Promise<void>[] = []

  constructor(options: OperatorOptions, reconciles: LabelledCounter, signal: AbortSignal) {
    const api = options.api.within(signal)
    const parts = { ...options, api }
    this.#options = options
    this.#reconciles = reconciles
    this.#signal = signal
    this.#watching = { api, log: options.log, relistMs: options.relistMs ?? RELIST_MS }
    this.#sources = ROUTE_SOURCES.map((kind) => this.#informSources(kind))
    this.#tokenSources = options.keeper ? TOKEN_SOURCES.map((kind) => this.#informSources(kind)) : []
    const heard = ({ kind, key }: { readonly kind: string; readonly key: string }) => this.#add(`${kind} ${key}`)
    this.#made = new MadeObjects(ROUTE_TARGETS, this.#watching, options.namespaces, heard)
    this.#secrets = new MadeObjects(options.keeper ? [SECRET] : [], this.#watching, options.namespaces, heard)
    this.#ports = new ServicePorts(() => this.#watchServices())
    this.#grantInformers = this.#informGrants()
    this.#grants = new Grants({
      ...parts,
      standing: this.#grantInformers,
      gatewaysOf: (namespace) => this.#gatewaysIn(namespace),
      kindsIn: (namespace) => this.#kindsIn(namespace),
      isComplete: () => this.lists().every(({ at }) => at !== undefined),
    })
    this.#routes = new RouteReconciler({
      ...parts,
      sources: this.#sources,
      made: this.#made,
      ports: this.#ports,
      grants: this.#grants,
    })
    this.#tokens =
      options.keeper &&
      new TokenReconciler({ ...parts, sources: this.#tokenSources, made: this.#secrets, keeper: options.keeper })
    this.#queue = new WorkQueue({
      workers: WORKERS,
      work: (id) => this.#reconcile(id),
      onFailure: (id, error, retryMs) => this.#failed(id, error, retryMs),
    })
  }

  get waiting(): number {
    return this.#queue.size + (this.#held?.size ?? 0)
  }

  lists(): ListTime[] {
    return [...this.#sources, ...this.#tokenSources].flatMap(({ kind, informers }) =>
      informers.filter(({ isMissing }) => !isMissing).map(({ listedAt }) => ({ kind: kind.kind, at: listedAt })),
    )
  }

  serviceTokens(): ServiceTokenState[] {
    return this.#tokenSources.flatMap((each) => each.all()).map(stateOf)
  }

  async run(): Promise<void> {
    const stopped = aborted(this.#signal)
    const sources = [...this.#sources, ...this.#tokenSources]
    const informers = [...sources, ...this.#made.kinds, ...this.#secrets.kinds, this.#grantInformers]
    for (const each of informers) this.#start(each)
    await Promise.race([Promise.all(informers.map((each) => each.looked())), stopped])
    const held = this.#held ?? new Set()
    this.#held = undefined
    for (const id of held) this.#queue.add(id)
    await stopped
    await this.#queue.stop()
    await Promise.all(this.#runs)
  }

  async #reconcile(id: string): Promise<number | undefined> {
    const next = await this.#work(id)
    this.#reconciles.add(kindOf(id), 'done')
    return next
  }

  async #work(id: string): Promise<number | undefined> {
    if (this.#tokenSources.some(({ kind }) => kind.kind === kindOf(id))) return this.#tokens?.reconcile(id)
    if (kindOf(id) === REFERENCE_GRANT.kind) await this.#grants.trim(namespaceOf(id))
    else await this.#routes.reconcile(id)
    // Once for all routes of the namespace that wait now.
    if (kindOf(id) !== REFERENCE_GRANT.kind && this.#grants.stands(namespaceOf(id)))
      this.#add(`${REFERENCE_GRANT.kind} ${namespaceOf(id)}/`)
    return undefined
  }

  #failed(id: string, error: unknown, retryMs: number): void {
    this.#reconciles.add(kindOf(id), 'failed')
    const cause = error instanceof Error ? error.message : String(error)
    this.#options.log.warn({ object: id, cause, retryMs }, 'Kubernetes object not reconciled')
  }

  #add(id: string): void {
    if (this.#held) this.#held.add(id)
    else this.#queue.add(id)
  }

  #start(informers: KindInformers): KindInformers {
    this.#runs.push(informers.run(this.#signal))
    return informers
  }

  #informSources(kind: Kind): KindInformers {
    const onChange = (resource: StandingObject, change: Change) => {
      const id = idOf(resource)
      const now = fingerprint(resource)
      if (change === 'changed' && this.#fingerprints.get(id) === now) return
      if (change === 'gone') this.#fingerprints.delete(id)
      else this.#fingerprints.set(id, now)
      this.#add(id)
    }
    return new KindInformers({ ...this.#watching, kind, onChange }, this.#options.namespaces)
  }

  #informGrants(): KindInformers {
    const labelSelector = `${MANAGED_BY}=${OPERATOR}`
    const { namespace } = this.#options.settings.kubernetes.checks
    const onChange = () => undefined
    return new KindInformers({ ...this.#watching, kind: REFERENCE_GRANT, labelSelector, onChange }, [namespace])
  }

  #watchServices(): KindInformers {
    const onChange = ({ metadata: { namespace, name } }: StandingObject) => {
      for (const each of this.#ports.resourcesOf(`${namespace}/${name}`)) this.#add(each)
    }
    return this.#start(new KindInformers({ ...this.#watching, kind: SERVICE, onChange }, this.#options.namespaces))
  }

  #gatewaysIn(namespace: string): GatewayKind[] {
    const { gateway } = this.#options.settings.kubernetes
    const resources = this.#sources.flatMap((each) => each.all())
    const own = resources.filter(({ metadata }) => metadata.namespace === namespace)
    return [...new Set(own.map((each) => gatewayOf(each, gateway)))]
  }

  /** Only a route with a filter of its own names the checks' Service. */
  #kindsIn(namespace: string): Set<string> {
    const names = ({ kind, metadata, spec }: StandingObject) =>
      metadata.namespace === namespace &&
      (kind !== 'HTTPRoute' || JSON.stringify(spec ?? {}).includes('"ExternalAuth"'))
    return new Set(this.#made.kinds.filter((each) => each.all().some(names)).map(({ kind }) => kind.kind))
  }
}

const kindOf = (id: string) => id.split(' ', 1)[0] ?? ''
const namespaceOf = (id: string) => id.slice(id.indexOf(' ') + 1, id.indexOf('/'))

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
