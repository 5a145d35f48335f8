import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { GATEWAYS } from '../../../server/core/kubernetes/gateway-site.js'
import type { Manifest } from '../../../server/core/kubernetes/manifest.js'
import type { StandingObject } from '../../../server/core/kubernetes/operator/standing.js'
import type { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import {
  GAFAELFAWR_INGRESS,
  type Kind,
  PROTECTED_ROUTE,
  pathOf,
  REFERENCE_GRANT,
  SERVICE,
  targetKind,
} from '../../../server/kubernetes/cluster/kinds.js'
import { createObject, getObject, patchObject, removeObject } from '../../../server/kubernetes/cluster/objects.js'
import { eventually } from '../../support/eventually.js'
import { ingressOf, makeNamespace, newNamespace, protectedRouteOf } from './cluster.js'
import { type RunningOperator, SITE, startOperator } from './operator.js'

const INGRESS = targetKind('Ingress')
const HTTP_ROUTE = targetKind('HTTPRoute')
const POLICY = targetKind('SecurityPolicy')
const AUTH_URL = 'nginx.ingress.kubernetes.io/auth-url'

/** What the operator does with routes, on each API server. */
export function operatorFacts(connect: () => Promise<ApiClient>): void {
  describe('the operator', () => {
    let api: ApiClient
    let namespace: string
    const running: RunningOperator[] = []

    beforeAll(async () => {
      api = await connect()
      namespace = await newNamespace(api, 'routes')
      await makeNamespace(api, SITE.kubernetes.checks.namespace)
    })
    afterEach(async () => {
      await Promise.all(running.splice(0).map((each) => each.stop()))
    })

    function start(): RunningOperator {
      const started = startOperator(api, { namespaces: [namespace] })
      running.push(started)
      return started
    }
    const get = async (kind: Kind, name: string, inNamespace = namespace): Promise<StandingObject> => {
      const found = await getObject(api, kind, { namespace: inNamespace, name })
      if (!found) throw new Error(`No ${kind.kind} ${name}`)
      return found
    }
    const stands = (kind: Kind, name: string) => eventually(() => get(kind, name))
    const isGone = (kind: Kind, name: string, inNamespace = namespace) =>
      eventually(async () => (await getObject(api, kind, { namespace: inNamespace, name })) === undefined)
    const create = (kind: Kind, object: Manifest) => createObject(api, kind, object)
    const patch = (kind: Kind, name: string, body: object) => patchObject(api, kind, { namespace, name }, { ...body })
    const said = (kind: Kind, name: string, status: object) =>
      eventually(async () => expect((await get(kind, name)).status).toMatchObject(status))
    /** Until the operator has nothing to do. */
    const rest = ({ operator }: RunningOperator) => eventually(() => operator.waiting === 0)

    it('makes the Ingress of a GafaelfawrIngress, owned by it, and says so in its status and in an event', async () => {
      start()
      const resource = await create(GAFAELFAWR_INGRESS, ingressOf(namespace, 'tap'))
      const { metadata } = await stands(INGRESS, 'tap')
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'GafaelfawrIngress', uid: resource.metadata.uid }])
      expect(metadata.annotations?.[AUTH_URL]).toContain('/ingress/auth?scope=read:tap')
      const create_ = { type: 'ResourceCreated', status: 'True', reason: 'Created', message: 'Ingress was created' }
      await said(GAFAELFAWR_INGRESS, 'tap', { create: { ...create_, observedGeneration: 1 } })
      const path = `/api/v1/namespaces/${namespace}/events`
      const event = { involvedObject: { name: 'tap' }, message: 'Ingress was created' }
      await eventually(async () => expect(await api.request({ method: 'GET', path })).toMatchObject({ items: [event] }))
    })

    it('writes nothing when it starts anew and nothing has changed', async () => {
      const [before, resource] = [await get(INGRESS, 'tap'), await get(GAFAELFAWR_INGRESS, 'tap')]
      const started = start()
      await eventually(() => [...started.operator.reconciles].length > 0)
      await rest(started)
      expect((await get(INGRESS, 'tap')).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
      expect((await get(GAFAELFAWR_INGRESS, 'tap')).metadata.resourceVersion).toBe(resource.metadata.resourceVersion)
    })

    it('keeps what stands when a resource turns wrong, and names the field; and goes on when it is right again', async () => {
      start()
      await said(GAFAELFAWR_INGRESS, 'tap', { create: { status: 'True' } })
      const { metadata } = await get(INGRESS, 'tap')
      await patch(GAFAELFAWR_INGRESS, 'tap', { config: { scopes: { all: ['read:tea'] } } })
      const message = 'config.scopes: Unknown scope read:tea'
      await said(GAFAELFAWR_INGRESS, 'tap', {
        create: { status: 'False', reason: 'Failed', message, observedGeneration: 2 },
      })
      expect((await get(INGRESS, 'tap')).metadata.resourceVersion).toBe(metadata.resourceVersion)
      await patch(GAFAELFAWR_INGRESS, 'tap', { config: { scopes: { all: ['read:image'] } } })
      await said(GAFAELFAWR_INGRESS, 'tap', { create: { status: 'True', reason: 'Updated', observedGeneration: 3 } })
      expect((await get(INGRESS, 'tap')).metadata.annotations?.[AUTH_URL]).toContain('scope=read:image')
    })

    it('makes nothing of a resource that is wrong from the start', async () => {
      start()
      await create(GAFAELFAWR_INGRESS, ingressOf(namespace, 'wrong', { authType: 'basic', loginRedirect: true }))
      const message = 'config.authType: authType: basic has no effect when loginRedirect is set'
      await said(GAFAELFAWR_INGRESS, 'wrong', { create: { status: 'False', message } })
      expect(await getObject(api, INGRESS, { namespace, name: 'wrong' })).toBeUndefined()
    })

    it('repairs at once what was deleted or changed behind its back, and leaves what others add', async () => {
      start()
      const made = await stands(INGRESS, 'tap')
      await removeObject(api, INGRESS, made)
      await eventually(async () => (await get(INGRESS, 'tap')).metadata.uid !== made.metadata.uid)
      await patch(INGRESS, 'tap', { metadata: { annotations: { [AUTH_URL]: 'http://evil/', theirs: 'stays' } } })
      await eventually(async () => (await get(INGRESS, 'tap')).metadata.annotations?.[AUTH_URL] !== 'http://evil/')
      expect((await get(INGRESS, 'tap')).metadata.annotations).toMatchObject({ theirs: 'stays' })
    })

    it('takes what it has made under another name away', async () => {
      start()
      await create(PROTECTED_ROUTE, protectedRouteOf(namespace, 'named'))
      const { metadata } = await stands(INGRESS, 'named')
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'ProtectedRoute' }])
      await patch(PROTECTED_ROUTE, 'named', { spec: { metadata: { name: 'renamed' } } })
      await stands(INGRESS, 'renamed')
      await isGone(INGRESS, 'named')
    })

    it('moves a route from gateway to gateway, and leaves nothing of the one before', async () => {
      start()
      await create(PROTECTED_ROUTE, protectedRouteOf(namespace, 'moved'))
      const checks = SITE.kubernetes.checks.namespace
      const grant = `postern-checks-for-${namespace}`
      // biome-ignore format: a table reads in columns
      const made: Readonly<Record<(typeof GATEWAYS)[number], readonly string[]>> = {
        'nginx':         ['Ingress'],
        'gateway-api':   ['HTTPRoute', 'ReferenceGrant'],
        'envoy-gateway': ['HTTPRoute', 'ReferenceGrant', 'SecurityPolicy'],
        'nginx-gateway': ['HTTPRoute', 'ReferenceGrant'],
        'traefik':       ['HTTPRoute', 'Middleware'],
      }
      for (const gateway of [...GATEWAYS, 'nginx'] as const) {
        await patch(PROTECTED_ROUTE, 'moved', { spec: { gateway } })
        await eventually(async () => {
          const kinds = ['Ingress', 'HTTPRoute', 'SecurityPolicy', 'Middleware'].map(targetKind)
          const own = await Promise.all(kinds.map((kind) => getObject(api, kind, { namespace, name: 'moved' })))
          const shared = await getObject(api, REFERENCE_GRANT, { namespace: checks, name: grant })
          const standing = [...own, shared].flatMap((each) => (each ? [each.kind] : []))
          expect(standing.sort()).toEqual(made[gateway])
        })
      }
    })

    it('protects each host of a route before it stands, and until it is gone', async () => {
      start()
      const hosts = ['data.example.org', 'x.example.net']
      const access = { scopes: { all: ['read:tap'] }, cookies: { session: false } }
      await create(PROTECTED_ROUTE, protectedRouteOf(namespace, 'hosts', { gateway: 'envoy-gateway', hosts, access }))
      await stands(HTTP_ROUTE, 'hosts-x-example-net')
      const targets = async () => JSON.stringify((await get(POLICY, 'hosts')).spec)
      expect(await targets()).toContain('hosts-x-example-net')
      // The garbage collector takes an object after the last of its owners, and none of these waits for it.
      await eventually(async () => {
        const routes = await Promise.all(
          ['hosts-data-example-org', 'hosts-x-example-net'].map((name) => get(HTTP_ROUTE, name)),
        )
        const owners = (await get(POLICY, 'hosts')).metadata.ownerReferences ?? []
        expect(owners.map(({ uid }) => uid)).toEqual(expect.arrayContaining(routes.map(({ metadata }) => metadata.uid)))
        expect(owners.filter((each) => 'blockOwnerDeletion' in each && each.blockOwnerDeletion)).toEqual([])
      })
      await patch(PROTECTED_ROUTE, 'hosts', { spec: protectedRouteOf(namespace, 'hosts').spec })
      await isGone(HTTP_ROUTE, 'hosts-x-example-net')
      await eventually(async () => !(await targets()).includes('hosts-x-example-net'))
      await stands(HTTP_ROUTE, 'hosts')
      await isGone(HTTP_ROUTE, 'hosts-data-example-org')
    })

    it('removes what it has made when the resource is gone', async () => {
      start()
      await stands(POLICY, 'hosts')
      await removeObject(api, PROTECTED_ROUTE, await get(PROTECTED_ROUTE, 'hosts'))
      await isGone(HTTP_ROUTE, 'hosts')
      await isGone(POLICY, 'hosts')
      await isGone(REFERENCE_GRANT, `postern-checks-for-${namespace}`, SITE.kubernetes.checks.namespace)
    })

    it('looks the number of a named port up, and again when the Service changes', async () => {
      start()
      const backend = { service: { name: 'ported', port: { name: 'web' } } }
      const rules = [{ host: 'data.example.org', http: { paths: [{ path: '/x', pathType: 'Prefix', backend }] } }]
      await create(PROTECTED_ROUTE, protectedRouteOf(namespace, 'ported', { gateway: 'gateway-api', rules }))
      const message =
        'spec.rules[0].http.paths[0].backend.service.port.name: Service ported has no port web that is known here'
      await said(PROTECTED_ROUTE, 'ported', { conditions: [{ type: 'Ready', status: 'False', message }] })
      const service = (port: number) => ({ spec: { ports: [{ name: 'web', port, protocol: 'TCP' }] } })
      const head = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'ported', namespace } }
      await create(SERVICE, { ...head, ...service(8080) })
      await eventually(async () => expect(JSON.stringify((await get(HTTP_ROUTE, 'ported')).spec)).toContain('8080'))
      await patch(SERVICE, 'ported', service(9090))
      await eventually(async () => expect(JSON.stringify((await get(HTTP_ROUTE, 'ported')).spec)).toContain('9090'))
      await said(PROTECTED_ROUTE, 'ported', { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] })
    })

    it('takes over from Gafaelfawr’s operator: its marks go, and its Ingress becomes ours in one write', async () => {
      const kopf = { 'kopf.zalando.org/last-handled-configuration': '{}', keep: 'me' }
      const head = { name: 'taken', namespace, annotations: kopf, finalizers: ['kopf.zalando.org/KopfFinalizerMarker'] }
      const resource = await create(GAFAELFAWR_INGRESS, { ...ingressOf(namespace, 'taken'), metadata: head })
      await patch(GAFAELFAWR_INGRESS, 'taken', { subresource: 'status', status: { kopf: { progress: {} } } })
      const { apiVersion, kind } = resource
      const owner = {
        apiVersion,
        kind,
        name: 'taken',
        uid: resource.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      }
      const before = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: {
          name: 'taken',
          namespace,
          ownerReferences: [owner],
          labels: { 'app.kubernetes.io/managed-by': 'Gafaelfawr' },
          annotations: { [AUTH_URL]: 'http://gafaelfawr/auth', 'nginx.ingress.kubernetes.io/auth-signin': 'http://x' },
        },
        spec: { ingressClassName: 'nginx', defaultBackend: { service: { name: 'x', port: { number: 80 } } } },
      }
      const path = pathOf(INGRESS, namespace)
      const { uid } = (await createAs(path, before)).metadata
      start()
      await eventually(async () =>
        expect((await get(INGRESS, 'taken')).metadata.annotations?.[AUTH_URL]).toContain('/ingress/auth'),
      )
      const made = await get(INGRESS, 'taken')
      expect(made.metadata.uid).toBe(uid)
      expect(made.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'Postern' })
      expect(made.metadata.annotations).not.toHaveProperty(['nginx.ingress.kubernetes.io/auth-signin'])
      await eventually(async () => {
        const { metadata, status } = await get(GAFAELFAWR_INGRESS, 'taken')
        expect([metadata.annotations, metadata.finalizers ?? []]).toEqual([{ keep: 'me' }, []])
        expect(status).not.toHaveProperty('kopf')
      })
    })

    async function createAs(path: string, body: object): Promise<StandingObject> {
      await api.request({ method: 'POST', path, query: { fieldManager: 'kopf' }, body })
      return get(INGRESS, 'taken')
    }
  })
}
