import { Refusal } from '../../core/access/refusal.js'
import { describeProblems } from '../../core/kubernetes/field-problem.js'
import { type Manifest, ownedMetadata } from '../../core/kubernetes/manifest.js'
import { plan } from '../../core/kubernetes/operator/plan.js'
import { isWantedToken, rotationOf } from '../../core/kubernetes/operator/service-token.js'
import { controllerOf, idOf, isMadeFor, type StandingObject } from '../../core/kubernetes/operator/standing.js'
import { isKopfs } from '../../core/kubernetes/operator/take-over.js'
import { HOUR, isoTime } from '../../core/time.js'
import type { TokenRecord } from '../../core/token/record.js'
import { ApiError } from '../cluster/api-error.js'
import { SECRET } from '../cluster/kinds.js'
import { getMetadata, getObject, patchObject } from '../cluster/objects.js'
import { Applier } from '../operator/applier.js'
import type { KindInformers, MadeObjects } from '../operator/informers.js'
import type { OperatorParts } from '../operator/parts.js'
import { Reporter, type StatusFields, type Subject } from '../operator/report.js'
import { removeKopf } from '../operator/take-over.js'
import { secretText, statusKey, statusLastUsed, statusRetiring } from './found.js'
import { readServiceToken, type ServiceTokenResource } from './read-service-token.js'
import type { MadeToken, TokenKeeper } from './token-keeper.js'

export interface TokenParts extends OperatorParts {
  readonly sources: readonly KindInformers[]
  readonly made: MadeObjects
  readonly keeper: TokenKeeper
}

/** Keeps the object until its token is revoked. */
const FINALIZER = 'postern.dev/service-token'
const CHECK_MS = HOUR * 1000
const RETRY_MS = 60_000

/** A resource that is wrong, or whose Secret is another's. */
class Failed extends Error {}

/** Keeps the Secrets that have the tokens of services. */
export class TokenReconciler {
  readonly #parts: TokenParts
  readonly #applier: Applier
  readonly #reporter: Reporter
  /** The keys of the last tokens by the UID of their resource, until the status has them. */
  readonly #keys = new Map<string, string>()
  /** And of those before, which work on for the overlap, likewise. */
  readonly #retired = new Map<string, readonly string[]>()

  constructor(parts: TokenParts) {
    this.#parts = parts
    this.#applier = new Applier(parts)
    this.#reporter = new Reporter(parts)
  }

  /**
   * Has the Secret of one resource hold a living token.
   *
   * @param id `kind namespace/name`
   * @returns after how many milliseconds it is to be looked at again
   */
  async reconcile(id: string): Promise<number | undefined> {
    const [kindName = '', key = ''] = id.split(' ')
    const source = this.#parts.sources.find(({ kind }) => kind.kind === kindName)
    const resource = source?.get(key)
    if (!source || !resource) return undefined
    const subject = { kind: source.kind, resource }
    await removeKopf(this.#parts, source.kind, resource)
    if (resource.metadata.deletionTimestamp) return this.#end(subject)
    try {
      return await this.#keep(subject)
    } catch (error) {
      if (error instanceof Failed || (error instanceof ApiError && error.isLasting))
        await this.#reporter.report(subject, { is: 'failed', message: error.message })
      if (error instanceof Failed) return RETRY_MS
      throw error
    }
  }

  async #keep(subject: Subject): Promise<number> {
    const { resource } = subject
    const { keeper, clock } = this.#parts
    const read = readServiceToken(resource)
    if ('length' in read) throw new Failed(describeProblems(read))
    const object = idOf(resource)
    const { uid } = resource.metadata
    const standing = this.#parts.made.madeFor(uid).filter((each) => isMadeFor(each, uid))
    const text = await this.#heldText(resource, read, standing)
    const held = text === undefined ? undefined : await keeper.find(text)
    await this.#hold(subject)
    const isKept = held !== undefined && isWantedToken(read.wanted, held, clock())
    const made = isKept ? undefined : await this.#make(read, object)
    const token = made?.text ?? text ?? ''
    const { changes, created } = await this.#write(secretOf(resource, read, token), standing, made, object)
    const record = made?.record ?? held
    const retiring = record && (await this.#retire(resource, read, { held, record }))
    const is = created.size > 0 ? 'created' : changes > 0 ? 'updated' : 'unchanged'
    await this.#reporter.report(
      subject,
      { is, subject: 'Secret', warnings: '' },
      {
        ...statusOf(resource, read, record),
        retiringKeys: retiring && retiring.length > 0 ? retiring : undefined,
      },
    )
    const due = record && rotationOf(read.wanted, record)
    return due === undefined ? CHECK_MS : Math.min(CHECK_MS, Math.max(1, due - clock()) * 1000)
  }

  /** The token that stands in a Secret of the resource, whichever name that has. */
  async #heldText(
    { metadata: { namespace, uid } }: StandingObject,
    { secretName, key }: ServiceTokenResource,
    standing: readonly StandingObject[],
  ): Promise<string | undefined> {
    const { api } = this.#parts
    const place = { namespace, name: secretName }
    if (standing.some(({ metadata }) => metadata.name === secretName)) {
      const named = standing.find(({ metadata }) => metadata.name === secretName)
      return named && secretText(named, key)
    }
    const found = await getMetadata(api, SECRET, place)
    // Attack: a user who may not read Secrets asks for a token in one of another program's, which would be overwritten.
    if (found && controllerOf(found.metadata)?.uid !== uid)
      throw new Failed(`Secret ${secretName} stands already, and was not made for this object`)
    const secret = found ? await getObject(api, SECRET, place) : standing[0]
    return secret && secretText(secret, key)
  }

  async #make({ wanted }: ServiceTokenResource, object: string): Promise<MadeToken> {
    const made = await this.#parts.keeper.make(wanted, object)
    if (made instanceof Refusal) throw new Failed(made.message)
    return made
  }

  /** A token that no Secret got is known to none, and is taken back. */
  async #write(secret: Manifest, standing: readonly StandingObject[], made: MadeToken | undefined, object: string) {
    try {
      return await this.#applier.take(plan([secret], standing, this.#applier.isApplied), () => SECRET, standing)
    } catch (error) {
      if (made) await this.#parts.keeper.revoke(made.record.key, object)
      throw error
    }
  }

  /**
   * Has every token but this one end after the overlap: the one that it replaces, and one that the status names still, because the
   * operator was ended between the Secret and the status.
   *
   * @returns the keys of those that work on, for the status: they are revoked when the object goes, whichever operator runs then
   */
  async #retire(
    resource: StandingObject,
    { wanted }: ServiceTokenResource,
    { held, record }: { readonly held: TokenRecord | undefined; readonly record: TokenRecord },
  ): Promise<readonly string[]> {
    const { uid } = resource.metadata
    const { keeper } = this.#parts
    const isOther = (key: string | undefined): key is string => key !== undefined && key !== record.key
    const known = new Set([...statusRetiring(resource), ...(this.#retired.get(uid) ?? [])])
    const replaced = new Set([held?.key, this.#keys.get(uid), statusKey(resource)].filter(isOther))
    this.#keys.set(uid, record.key)
    for (const key of replaced) if (!known.has(key)) await keeper.retire(key, wanted.overlap, idOf(resource))
    const retiring = await keeper.living([...new Set([...known, ...replaced])].filter(isOther))
    this.#retired.set(uid, retiring)
    return retiring
  }

  async #hold({ kind, resource }: Subject): Promise<void> {
    const { finalizers = [], resourceVersion } = resource.metadata
    if (finalizers.includes(FINALIZER)) return
    const metadata = { resourceVersion, finalizers: [...finalizers, FINALIZER] }
    await patchObject(this.#parts.api, kind, resource.metadata, { metadata })
  }

  /** Revokes the tokens of a resource that goes, and then lets it go. */
  async #end({ kind, resource }: Subject): Promise<undefined> {
    const { finalizers = [], resourceVersion, uid } = resource.metadata
    if (!finalizers.includes(FINALIZER)) return
    const { made, keeper, api } = this.#parts
    const standing = made.madeFor(uid).filter((each) => isMadeFor(each, uid))
    const read = readServiceToken(resource)
    const texts = 'length' in read ? [] : standing.map((each) => secretText(each, read.key))
    const inSecrets = await Promise.all(texts.map((text) => (text === undefined ? undefined : keeper.find(text))))
    const keys = [
      ...inSecrets.map((each) => each?.key),
      this.#keys.get(uid),
      statusKey(resource),
      ...(this.#retired.get(uid) ?? []),
      ...statusRetiring(resource),
    ]
    for (const key of new Set(keys)) if (key !== undefined) await keeper.revoke(key, idOf(resource))
    await this.#applier.take(plan([], standing, this.#applier.isApplied), () => SECRET, standing)
    const left = finalizers.filter((each) => each !== FINALIZER)
    await patchObject(api, kind, resource.metadata, { metadata: { resourceVersion, finalizers: left } })
    this.#keys.delete(uid)
    this.#retired.delete(uid)
    this.#reporter.drop(uid)
  }
}

/** The Secret has the labels and annotations of its resource, as Gafaelfawr's has; not those of Kopf and of kubectl. */
function secretOf(
  { apiVersion, kind, metadata }: StandingObject,
  { secretName, key }: ServiceTokenResource,
  token: string,
): Manifest {
  const isOwn = (name: string) => !isKopfs(name) && !name.startsWith('kubectl.kubernetes.io/')
  const annotations = Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => isOwn(name)))
  const origin = { apiVersion, kind, ...metadata }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: ownedMetadata(origin, { name: secretName, annotations, labels: metadata.labels }),
    type: 'Opaque',
    data: { [key]: Buffer.from(token).toString('base64') },
  }
}

/** The last use is written when it is an hour newer, or each use would be a write. */
function statusOf(
  resource: StandingObject,
  { wanted }: ServiceTokenResource,
  record: TokenRecord | undefined,
): StatusFields {
  if (!record) return {}
  const { key, expires, lastUsed } = record
  const due = rotationOf(wanted, record)
  const said = statusLastUsed(resource)
  const used = lastUsed && lastUsed.at - (said ?? 0) >= HOUR ? lastUsed.at : said
  return {
    tokenKey: key,
    expires: expires === undefined ? undefined : isoTime(expires),
    nextRotation: due === undefined ? undefined : isoTime(due),
    lastUsed: used === undefined ? undefined : isoTime(used),
  }
}
