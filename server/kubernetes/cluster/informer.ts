import type { Logger } from 'pino'
import { z } from 'zod'
import { backoff } from '../../core/kubernetes/operator/backoff.js'
import type { StandingObject } from '../../core/kubernetes/operator/standing.js'
import type { ApiClient } from './api-client.js'
import { ApiError } from './api-error.js'
import { type Kind, pathOf } from './kinds.js'
import { readObject } from './objects.js'
import { pause } from './pause.js'

/** How an informer watches. */
export interface InformerOptions {
  readonly api: ApiClient
  readonly kind: Kind
  /** Undefined: all of the cluster. */
  readonly namespace?: string | undefined
  readonly labelSelector?: string
  /** Milliseconds between two lists of all: what a watch has missed is noticed then. */
  readonly relistMs: number
  readonly log: Logger
  /** Called for each object that is new, changed or gone, and for each one at a list of all. */
  readonly onChange: (object: StandingObject, change: Change) => void
}

export type Change = 'changed' | 'listed' | 'gone'

const PAGE_SIZE = '500'
/** The API server ends a watch after so long. A connection that is silent for longer is dead. */
const WATCH_SECONDS = 240
const GRACE_MS = 15_000
/** The next look at a kind that the cluster does not have. */
const MISSING_MS = 60_000

const list = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()),
})
const event = z.looseObject({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({}),
})
const bookmark = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) })
const failure = z.looseObject({ code: z.number().catch(500) })

/** Keeps the objects of a kind as the API server has them: lists them, watches, and lists again when the watch may have missed one. */
export class Informer {
  readonly kind: Kind
  readonly #options: InformerOptions
  readonly #objects = new Map<string, StandingObject>()
  /** Settles when the objects have been listed, or cannot be. */
  readonly looked: Promise<void>
  #haveLooked: () => void = () => undefined
  #listedAt: number | undefined
  #failures = 0
  #isMissing = false

  constructor(options: InformerOptions) {
    this.#options = options
    this.kind = options.kind
    this.looked = new Promise((resolve) => {
      this.#haveLooked = resolve
    })
  }

  /** When all were last listed, by `performance.now()`. */
  get listedAt(): number | undefined {
    return this.#listedAt
  }

  /** Whether the cluster does not have this kind. */
  get isMissing(): boolean {
    return this.#isMissing
  }

  get objects(): ReadonlyMap<string, StandingObject> {
    return this.#objects
  }

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#listAndWatch(signal)
      } catch (error) {
        if (signal.aborted) return
        await this.#afterFailure(error, signal)
      }
    }
  }

  async #afterFailure(error: unknown, signal: AbortSignal): Promise<void> {
    const { kind, log } = this.#options
    const isExpired = error instanceof ApiError && error.status === 410
    this.#isMissing = error instanceof ApiError && error.status === 404
    if (error instanceof ApiError && error.isLasting) this.#haveLooked()
    this.#failures++
    if (this.#isMissing) return pause(MISSING_MS, signal)
    if (!isExpired) log.warn({ kind: kind.kind, cause: (error as Error).message }, 'Kubernetes watch failed')
    await pause(backoff(Math.min(this.#failures, 7), Math.random()), signal)
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    let version = await this.#list()
    this.#listedAt = performance.now()
    this.#isMissing = false
    this.#haveLooked()
    const until = this.#listedAt + this.#options.relistMs
    while (!signal.aborted && performance.now() < until) {
      const started = performance.now()
      version = await this.#watch(version, until)
      // A proxy that ends each watch at once must not be asked without a pause.
      if (performance.now() - started < 1_000) await pause(backoff(++this.#failures, Math.random()), signal)
      else this.#failures = 0
    }
  }

  /** @returns the version of the list */
  async #list(): Promise<string> {
    const { kind, labelSelector } = this.#options
    const gone = new Map(this.#objects)
    let next: string | undefined
    for (;;) {
      const query = { limit: PAGE_SIZE, continue: next, labelSelector }
      const page = list.parse(await this.#options.api.request({ method: 'GET', path: this.#path, query }))
      for (const each of page.items) {
        const object = readObject(each, kind)
        gone.delete(keyOf(object))
        this.#put(object, 'listed')
      }
      next = page.metadata.continue || undefined
      if (!next) {
        for (const object of gone.values()) this.#drop(object)
        return page.metadata.resourceVersion
      }
    }
  }

  /** @returns the version up to which it has seen the changes */
  async #watch(from: string, until: number): Promise<string> {
    const { api, kind, labelSelector } = this.#options
    const seconds = Math.max(1, Math.min(WATCH_SECONDS, Math.ceil((until - performance.now()) / 1000)))
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(seconds),
      labelSelector,
    }
    let version = from
    const lines = api.lines({ method: 'GET', path: this.#path, query }, seconds * 1000 + GRACE_MS)
    for await (const line of lines) {
      const { type, object } = event.parse(JSON.parse(line))
      if (type === 'ERROR') throw new ApiError(failure.parse(object).code, object)
      version = bookmark.parse(object).metadata.resourceVersion
      if (type === 'BOOKMARK') continue
      const read = readObject(object, kind)
      if (type === 'DELETED') this.#drop(read)
      else this.#put(read, 'changed')
    }
    return version
  }

  get #path(): string {
    return pathOf(this.#options.kind, this.#options.namespace)
  }

  #put(object: StandingObject, change: Change): void {
    const { managedFields: _books, ...metadata } = object.metadata
    const key = keyOf(object)
    const isKnown = this.#objects.get(key)?.metadata.resourceVersion === metadata.resourceVersion
    const slim = isKnown ? this.#objects.get(key) : { ...object, metadata }
    if (!slim) return
    this.#objects.set(key, slim)
    if (!isKnown || change === 'listed') this.#options.onChange(slim, change)
  }

  #drop(object: StandingObject): void {
    if (this.#objects.delete(keyOf(object))) this.#options.onChange(object, 'gone')
  }
}

/** `namespace/name`. */
export function keyOf({ metadata: { namespace, name } }: StandingObject): string {
  return `${namespace}/${name}`
}
