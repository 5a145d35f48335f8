import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import { apply, isObject, type Json, merge, update } from './fake-fields.js'

/** An API server in memory: as much of one as the operator uses, held to the real one by the contract of this folder. */
export interface FakeApiServer {
  readonly url: string
  /** Every request that changes an object: `PATCH ingresses tap/tap`. */
  readonly writes: string[]
  /** Every object that was read by its name, and not its metadata alone: `secrets tap/tap`. */
  readonly wholeReads: string[]
  /** Refuses requests of a method for a kind, as missing rights do. */
  deny(method: string, plural: string): void
  allow(): void
  /** Forgets which changes there were, so that a watch cannot go on. */
  compact(): void
  /** Breaks every connection off, and refuses new ones until {@link start}. */
  stop(): Promise<void>
  start(): Promise<void>
}

interface Change {
  readonly version: number
  readonly plural: string
  readonly before: Json | undefined
  readonly after: Json | undefined
}

class Refused extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string = reason,
  ) {
    super(message)
  }
}

type Watcher = (change: Change) => void

/** @param plurals the kinds that it has */
export async function startFakeApiServer(plurals: readonly string[]): Promise<FakeApiServer> {
  const objects = new Map<string, Json>()
  const watchers = new Set<Watcher>()
  const denied = new Set<string>()
  const writes: string[] = []
  const wholeReads: string[] = []
  let changes: Change[] = []
  let version = 100
  let oldest = 0

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const { code, reason, message } = error instanceof Refused ? error : new Refused(500, 'Error', String(error))
      answer(response, code, { kind: 'Status', status: 'Failure', code, reason, message })
    })
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake')
    const found = /^\/apis?\/(?:[^/]+\/)?v[^/]+(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(?:\/(status))?$/.exec(
      pathname,
    )
    const [, namespace, plural = '', name, subresource] = found ?? []
    const method = request.method ?? ''
    if (!plurals.includes(plural))
      throw new Refused(404, 'NotFound', 'the server could not find the requested resource')
    if (denied.has(`${method} ${plural}`)) throw new Refused(403, 'Forbidden', `${plural} is forbidden`)
    const key = `${plural} ${namespace}/${name}`
    const body = method === 'GET' ? {} : ((await json(request)) as Json)
    if (method !== 'GET' && plural !== 'leases' && plural !== 'events')
      writes.push(`${method} ${key.replace('/undefined', '')}${subresource ? '/status' : ''}`)
    if (method === 'GET' && name === undefined) {
      const scope = { plural, namespace, labels: searchParams.get('labelSelector') }
      return searchParams.has('watch') ? watch(response, scope, searchParams) : list(response, scope, searchParams)
    }
    const manager = searchParams.get('fieldManager') ?? 'unknown'
    if (method === 'POST') return answer(response, 201, create(plural, namespace ?? '', body, manager))
    const standing = objects.get(key)
    const type = request.headers['content-type'] ?? ''
    if (type.includes('apply-patch')) return answer(response, 200, applied(key, plural, body, manager))
    if (!standing) throw new Refused(404, 'NotFound', `${plural} "${name}" not found`)
    if (method === 'PATCH') return answer(response, 200, patched(key, standing, body, { subresource, manager }))
    if (method === 'DELETE') return answer(response, 200, removed(key, standing, body))
    if (!request.headers.accept?.includes('PartialObjectMetadata')) wholeReads.push(key)
    answer(response, 200, standing)
  }

  function create(plural: string, namespace: string, body: Json, manager: string): Json {
    const metadata = isObject(body.metadata) ? body.metadata : {}
    const key = `${plural} ${namespace}/${metadata.name}`
    if (objects.has(key)) throw new Refused(409, 'AlreadyExists')
    return store(key, update(fresh({ ...body, metadata: { ...metadata, namespace } }), body, manager))
  }

  const fresh = (object: Json): Json => ({
    ...object,
    metadata: merge(object.metadata, { uid: randomUUID(), generation: 1, creationTimestamp: new Date().toISOString() }),
  })

  function applied(key: string, plural: string, body: Json, manager: string): Json {
    const [, namespace] = /^\S+ ([^/]*)\//.exec(key) ?? []
    const standing = objects.get(key)
    const name = isObject(body.metadata) ? body.metadata.name : ''
    const { apiVersion, kind } = body
    const base = standing ?? fresh({ apiVersion, kind, metadata: { name, namespace } })
    const next = apply(base, body, manager)
    const owners =
      isObject(next.metadata) && Array.isArray(next.metadata.ownerReferences) ? next.metadata.ownerReferences : []
    if (owners.filter(({ controller }) => controller).length > 1)
      throw new Refused(422, 'Invalid', `${plural} is invalid: Only one reference can have Controller set to true`)
    return store(key, next)
  }

  function patched(
    key: string,
    standing: Json,
    body: Json,
    { subresource, manager }: { subresource: string | undefined; manager: string },
  ): Json {
    const metadata = isObject(body.metadata) ? body.metadata : {}
    const { resourceVersion, ...rest } = metadata
    if (resourceVersion !== undefined && resourceVersion !== metaOf(standing).resourceVersion)
      throw new Refused(409, 'Conflict', 'the object has been modified')
    const { status, metadata: _metadata, ...spec } = body
    const patch = subresource ? { status } : { ...spec, metadata: rest }
    const merged = merge(standing, patch)
    return store(key, subresource || rest.managedFields ? merged : update(merged, patch, manager))
  }

  function removed(key: string, standing: Json, body: Json): Json {
    const { uid, resourceVersion, finalizers } = metaOf(standing)
    const wanted = isObject(body.preconditions) ? body.preconditions : {}
    if ((wanted.uid ?? uid) !== uid || (wanted.resourceVersion ?? resourceVersion) !== resourceVersion)
      throw new Refused(409, 'Conflict', 'the precondition failed')
    if (Array.isArray(finalizers) && finalizers.length > 0)
      return store(key, merge(standing, { metadata: { deletionTimestamp: new Date().toISOString() } }))
    objects.delete(key)
    tell(key, standing, undefined)
    return standing
  }

  function store(key: string, object: Json): Json {
    const before = objects.get(key)
    if (before && isDeepStrictEqual(before, object)) return before
    const content = ({ metadata: _metadata, status: _status, ...rest }: Json) => rest
    const { generation = 1, finalizers, deletionTimestamp } = metaOf(object)
    const isOther = before && !isDeepStrictEqual(content(before), content(object))
    const stored = merge(object, {
      metadata: { resourceVersion: String(version + 1), generation: Number(generation) + (isOther ? 1 : 0) },
    })
    if (deletionTimestamp && Array.isArray(finalizers) && finalizers.length === 0) {
      objects.delete(key)
      tell(key, before, undefined)
      return stored
    }
    objects.set(key, stored)
    tell(key, before, stored)
    return stored
  }

  function tell(key: string, before: Json | undefined, after: Json | undefined): void {
    const change = { version: ++version, plural: key.split(' ')[0] ?? '', before, after }
    changes.push(change)
    for (const each of watchers) each(change)
  }

  interface Scope {
    readonly plural: string
    readonly namespace: string | undefined
    readonly labels: string | null
  }

  const isIn = ({ namespace, labels }: Scope, object: Json | undefined): object is Json => {
    if (!object) return false
    const meta = metaOf(object)
    const [name = '', value] = (labels ?? '').split('=')
    const own = isObject(meta.labels) ? meta.labels : {}
    return (namespace === undefined || meta.namespace === namespace) && (!labels || own[name] === value)
  }

  function list(response: ServerResponse, scope: Scope, query: URLSearchParams): void {
    const [at = version, from = 0] = (query.get('continue') ?? '').split(' ').filter(Boolean).map(Number)
    if (at < oldest) throw new Refused(410, 'Expired', 'The provided continue parameter is too old')
    const found = [...objects].filter(([key, each]) => key.startsWith(`${scope.plural} `) && isIn(scope, each))
    const to = from + Number(query.get('limit') ?? found.length)
    const items = found.slice(from, to)
    // The items of a real list do not say their kind.
    const bare = items.map(([, { apiVersion: _version, kind: _kind, ...each }]) => each)
    const rest = to < found.length ? { continue: `${at} ${to}` } : {}
    answer(response, 200, { kind: 'List', metadata: { resourceVersion: String(at), ...rest }, items: bare })
  }

  function watch(response: ServerResponse, scope: Scope, query: URLSearchParams): void {
    const from = Number(query.get('resourceVersion'))
    if (from < oldest) throw new Refused(410, 'Expired', 'too old resource version')
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.flushHeaders()
    const send: Watcher = ({ plural, before, after, version: at }) => {
      if (plural !== scope.plural) return
      const [was, is] = [isIn(scope, before), isIn(scope, after)]
      if (!was && !is) return
      const type = !was ? 'ADDED' : is ? 'MODIFIED' : 'DELETED'
      const object = is ? after : merge(before, { metadata: { resourceVersion: String(at) } })
      response.write(`${JSON.stringify({ type, object })}\n`)
    }
    for (const change of changes) if (change.version > from) send(change)
    watchers.add(send)
    const timer = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? 60) * 1000)
    response.on('close', () => {
      clearTimeout(timer)
      watchers.delete(send)
    })
  }

  let port = 0
  const start = () =>
    new Promise<void>((resolve) =>
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as AddressInfo).port
        resolve()
      }),
    )
  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    writes,
    wholeReads,
    deny: (method, plural) => void denied.add(`${method} ${plural}`),
    allow: () => denied.clear(),
    compact: () => {
      changes = []
      oldest = ++version
      server.closeAllConnections()
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    start,
  }
}

function metaOf(object: Json): Json {
  return isObject(object.metadata) ? object.metadata : {}
}

function answer(response: ServerResponse, code: number, body: Json): void {
  response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
