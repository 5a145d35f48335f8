import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Manifest } from '../../../server/core/kubernetes/manifest.js'
import type { StandingObject } from '../../../server/core/kubernetes/operator/standing.js'
import { inheritedFields } from '../../../server/core/kubernetes/operator/take-over.js'
import type { ApiClient, ApiRequest } from '../../../server/kubernetes/cluster/api-client.js'
import { ApiError } from '../../../server/kubernetes/cluster/api-error.js'
import { type Change, Informer } from '../../../server/kubernetes/cluster/informer.js'
import { GAFAELFAWR_INGRESS, type Kind, pathOf, targetKind } from '../../../server/kubernetes/cluster/kinds.js'
import {
  applyObject,
  createObject,
  getMetadata,
  getObject,
  patchObject,
  removeObject,
} from '../../../server/kubernetes/cluster/objects.js'
import { eventually } from '../../support/eventually.js'
import { ingressOf, newNamespace } from './cluster.js'

const INGRESS = targetKind('Ingress')
const FINALIZER = 'postern.dev/test'
const silent = { warn: () => undefined, info: () => undefined, error: () => undefined, debug: () => undefined }

/**
 * What the operator needs of an API server. The fake and the real one keep it alike.
 *
 * @param forget has it forget all versions but the present one; undefined where it is not ours to treat so
 */
export function apiServerContract(
  connect: () => Promise<ApiClient>,
  forget: () => (() => Promise<void>) | undefined,
): void {
  describe('an API server', () => {
    let api: ApiClient
    let namespace: string
    const stops: AbortController[] = []

    beforeAll(async () => {
      api = await connect()
      namespace = await newNamespace(api, 'contract')
    })
    afterEach(() => {
      for (const each of stops.splice(0)) each.abort()
    })

    const ingress = (name: string, annotations: Record<string, string>, more: object = {}): Manifest => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, namespace, annotations, ...more },
      spec: { ingressClassName: 'nginx', defaultBackend: { service: { name: 'x', port: { number: 80 } } } },
    })
    const owner = (uid: string) => ({
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid, controller: true, blockOwnerDeletion: true }],
    })
    const refused = (status: number) => expect.objectContaining({ status })

    /** Watches a kind, and notes what it hears: `changed a`. */
    async function watch(kind: Kind, labelSelector?: string, through = api, at = namespace) {
      const heard: string[] = []
      const stop = new AbortController()
      stops.push(stop)
      const onChange = ({ metadata }: StandingObject, change: Change) => heard.push(`${change} ${metadata.name}`)
      const watching = {
        api: through === api ? api.within(stop.signal) : through,
        kind,
        namespace: at,
        relistMs: 600_000,
        log: silent as never,
        onChange,
      }
      const informer = new Informer({ ...watching, ...(labelSelector && { labelSelector }) })
      void informer.run(stop.signal)
      await informer.looked
      return { heard, informer }
    }

    it('creates an object once, and reads it back whole or its metadata alone', async () => {
      const made = await createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, 'once'))
      expect(made.metadata).toMatchObject({ name: 'once', namespace, generation: 1 })
      await expect(createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, 'once'))).rejects.toEqual(refused(409))
      expect(await getObject(api, GAFAELFAWR_INGRESS, made.metadata)).toMatchObject({
        config: { scopes: { all: ['read:tap'] } },
      })
      expect((await getMetadata(api, GAFAELFAWR_INGRESS, made.metadata))?.metadata.uid).toBe(made.metadata.uid)
      expect(await getObject(api, GAFAELFAWR_INGRESS, { namespace, name: 'other' })).toBeUndefined()
    })

    it('keeps what others have set beside a statement, and drops what an earlier one of ours had', async () => {
      const place = { namespace, name: 'stated' }
      await applyObject(api, INGRESS, ingress('stated', { a: '1', b: '1' }))
      await patchObject(api, INGRESS, place, { metadata: { annotations: { theirs: 'x' } } })
      const other = { method: 'PATCH', path: `${pathOf(INGRESS, namespace)}/stated` } as const
      const contentType = 'application/merge-patch+json'
      const query = { fieldManager: 'kubectl-annotate' }
      await api.request({ ...other, query, contentType, body: { metadata: { annotations: { others: 'y' } } } })
      const { metadata } = await applyObject(api, INGRESS, ingress('stated', { a: '2' }))
      expect(metadata.annotations).toMatchObject({ a: '2', others: 'y' })
      expect(metadata.annotations).not.toHaveProperty('b')
    })

    it('changes nothing for a statement that says the same', async () => {
      const first = await applyObject(api, INGRESS, ingress('same', { a: '1' }))
      const second = await applyObject(api, INGRESS, ingress('same', { a: '1' }))
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
    })

    it('refuses a second controller, and lets the first statement’s manager name another', async () => {
      await createObject(api, INGRESS, ingress('owned', {}, owner('11111111-1111-4111-8111-111111111111')))
      const statement = ingress('owned', {}, owner('22222222-2222-4222-8222-222222222222'))
      await expect(applyObject(api, INGRESS, statement)).rejects.toEqual(refused(422))
      await applyObject(api, INGRESS, ingress('ours', {}, owner('11111111-1111-4111-8111-111111111111')))
      const moved = await applyObject(api, INGRESS, ingress('ours', {}, owner('22222222-2222-4222-8222-222222222222')))
      expect(moved.metadata.ownerReferences).toMatchObject([{ uid: '22222222-2222-4222-8222-222222222222' }])
    })

    it('hands the fields of a former maker over, so that they go when we drop them', async () => {
      const place = { namespace, name: 'inherited' }
      const body = ingress('inherited', { mark: '1', theirs: '1' })
      const query = { fieldManager: 'former' }
      await api.request({ method: 'POST', path: pathOf(INGRESS, namespace), query, body })
      const standing = await getObject(api, INGRESS, place)
      const managedFields = inheritedFields(standing?.metadata.managedFields ?? [], 'mark')
      const { resourceVersion } = standing?.metadata ?? {}
      await patchObject(api, INGRESS, place, { metadata: { resourceVersion, managedFields } })
      const { metadata } = await applyObject(api, INGRESS, ingress('inherited', { mark: '2' }))
      expect(metadata.annotations).toEqual({ mark: '2' })
    })

    it('refuses a patch of what has changed since', async () => {
      const { metadata } = await createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, 'stale'))
      const patch = { metadata: { resourceVersion: metadata.resourceVersion, annotations: { a: '1' } } }
      await patchObject(api, GAFAELFAWR_INGRESS, metadata, patch)
      await expect(patchObject(api, GAFAELFAWR_INGRESS, metadata, patch)).rejects.toEqual(refused(409))
    })

    it('counts a change of what is wanted as a generation, and a status not', async () => {
      const { metadata } = await createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, 'counted'))
      const create = {
        type: 'x',
        status: 'True',
        reason: 'Created',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      }
      const said = await patchObject(api, GAFAELFAWR_INGRESS, metadata, { subresource: 'status', status: { create } })
      expect([said.metadata.generation, said.status]).toEqual([1, { create }])
      const config = { scopes: { all: ['exec:notebook'] } }
      expect((await patchObject(api, GAFAELFAWR_INGRESS, metadata, { config })).metadata.generation).toBe(2)
    })

    it('removes the object that was read, and no other of its name', async () => {
      const old = await createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, 'removed'))
      await removeObject(api, GAFAELFAWR_INGRESS, old)
      await removeObject(api, GAFAELFAWR_INGRESS, old)
      const other = await createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, 'removed'))
      await expect(removeObject(api, GAFAELFAWR_INGRESS, old)).rejects.toEqual(refused(409))
      expect((await getObject(api, GAFAELFAWR_INGRESS, other.metadata))?.metadata.uid).toBe(other.metadata.uid)
    })

    it('keeps an object until its last finalizer is gone', async () => {
      const held = { ...ingressOf(namespace, 'held'), metadata: { name: 'held', namespace, finalizers: [FINALIZER] } }
      const made = await createObject(api, GAFAELFAWR_INGRESS, held)
      await removeObject(api, GAFAELFAWR_INGRESS, made)
      const { metadata } = (await getObject(api, GAFAELFAWR_INGRESS, made.metadata)) ?? made
      expect(metadata.deletionTimestamp).toBeDefined()
      await patchObject(api, GAFAELFAWR_INGRESS, metadata, { metadata: { finalizers: [] } })
      expect(await getObject(api, GAFAELFAWR_INGRESS, metadata)).toBeUndefined()
    })

    it('tells a watch what changes, and that what lost its label is gone', async () => {
      await applyObject(api, INGRESS, ingress('before', {}, { labels: { contract: 'watched' } }))
      const { heard, informer } = await watch(INGRESS, 'contract=watched')
      await applyObject(api, INGRESS, ingress('during', {}, { labels: { contract: 'watched' } }))
      await eventually(() => expect(heard).toEqual(['listed before', 'changed during']))
      await applyObject(api, INGRESS, ingress('before', {}))
      await eventually(() => expect(heard.at(-1)).toBe('gone before'))
      expect([...informer.objects.values()]).toMatchObject([{ kind: 'Ingress', metadata: { name: 'during' } }])
    })

    /** Until connections that broke off are replaced. */
    async function forgetAll(compact: () => Promise<void>): Promise<void> {
      await compact()
      const path = pathOf(GAFAELFAWR_INGRESS, namespace)
      await eventually(() => api.request({ method: 'GET', path, query: { limit: '1' } }))
    }

    /** An API client that calls once before it sends the first request that is asked for. */
    function actBefore(isMeant: (asked: ApiRequest) => boolean, act: () => Promise<void>): ApiClient {
      const stop = new AbortController()
      stops.push(stop)
      const inner = api.within(stop.signal)
      let isDone = false
      const once = async (asked: ApiRequest) => {
        if (isDone || !isMeant(asked)) return
        isDone = true
        await act()
      }
      const through: ApiClient = Object.create(inner)
      through.request = async (asked) => {
        await once(asked)
        return inner.request(asked)
      }
      through.lines = async function* (asked, silenceMs) {
        await once(asked)
        yield* inner.lines(asked, silenceMs)
      }
      return through
    }

    it('has forgotten the version that a watch goes on from: all are listed again, and no change is missed', async () => {
      const compact = forget()
      if (!compact) return
      const { metadata } = await createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, 'expired'))
      const answers: unknown[] = []
      const through = actBefore(
        ({ query }) => query?.watch === 'true',
        async () => {
          await patchObject(api, GAFAELFAWR_INGRESS, metadata, { config: { service: 'late' } })
          await forgetAll(compact)
        },
      )
      const lines = through.lines.bind(through)
      through.lines = async function* (asked, silenceMs) {
        try {
          for await (const line of lines(asked, silenceMs)) {
            if (line.includes('"ERROR"')) answers.push(JSON.parse(line).object.code)
            yield line
          }
        } catch (error) {
          if (error instanceof ApiError) answers.push(error.status)
          throw error
        }
      }
      const { informer } = await watch(GAFAELFAWR_INGRESS, undefined, through)
      await eventually(() =>
        expect(informer.objects.get(`${namespace}/expired`)).toMatchObject({ config: { service: 'late' } }),
      )
      expect(answers).toEqual([410])
    })

    it('has forgotten the version of a list that is continued: all are listed again', async () => {
      const compact = forget()
      if (!compact) return
      const crowd = await newNamespace(api, 'crowd')
      const names = Array.from({ length: 501 }, (_, index) => `r${index}`)
      for (let from = 0; from < names.length; from += 50)
        await Promise.all(
          names.slice(from, from + 50).map((name) => createObject(api, GAFAELFAWR_INGRESS, ingressOf(crowd, name))),
        )
      const first = await getObject(api, GAFAELFAWR_INGRESS, { namespace: crowd, name: 'r0' })
      const through = actBefore(
        ({ query }) => query?.continue !== undefined,
        async () => {
          if (first) await removeObject(api, GAFAELFAWR_INGRESS, first)
          await forgetAll(compact)
        },
      )
      const refusals: unknown[] = []
      const request = through.request.bind(through)
      through.request = (asked) =>
        request(asked).catch((error: unknown) => {
          refusals.push(error)
          throw error
        })
      const { informer } = await watch(GAFAELFAWR_INGRESS, undefined, through, crowd)
      expect(informer.objects.size).toBe(500)
      expect(informer.objects.has(`${crowd}/r0`)).toBe(false)
      expect(refusals).toEqual([refused(410)])
    })

    it('says that it does not have a kind', async () => {
      const missing = { apiVersion: 'postern.dev/v1', kind: 'Nothing', plural: 'nothings' }
      await expect(createObject(api, missing, ingressOf(namespace, 'x'))).rejects.toEqual(refused(404))
    })
  })
}
