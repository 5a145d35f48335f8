import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { MANAGED_BY, OPERATOR } from '../../server/core/kubernetes/manifest.js'
import { ApiClient } from '../../server/kubernetes/cluster/api-client.js'
import { findCluster } from '../../server/kubernetes/cluster/find-cluster.js'
import { GAFAELFAWR_INGRESS, type Kind, pathOf, targetKind } from '../../server/kubernetes/cluster/kinds.js'
import { createObject, getObject, patchObject, removeObject } from '../../server/kubernetes/cluster/objects.js'
import { eventually } from '../support/eventually.js'
import { ingressOf, newNamespace } from './support/cluster.js'
import { apiServerContract } from './support/contract.js'
import { definitionFacts } from './support/definition-facts.js'
import { defineKinds } from './support/definitions.js'
import { electionFacts } from './support/election-facts.js'
import { gatewayDefinitions } from './support/gateway-definitions.js'
import { gatewayFacts } from './support/gateway-facts.js'
import { manyFacts } from './support/many-facts.js'
import { type RunningOperator, startOperator } from './support/operator.js'
import { operatorFacts } from './support/operator-facts.js'
import { type RealApiServer, startRealApiServer } from './support/real-api-server.js'

/*
 * The operator on a real API server: any cluster by KUBECONFIG, or kube-apiserver and etcd from KUBEBUILDER_ASSETS. What it takes is
 * printed, and nothing of it asserted.
 */

const { KUBECONFIG, KUBEBUILDER_ASSETS } = process.env
const INGRESS = targetKind('Ingress')
const itemsOf = z.looseObject({ items: z.array(z.unknown()) })

const gateways = gatewayDefinitions()
let server: RealApiServer | undefined
let kubeconfig = KUBECONFIG ?? ''

beforeAll(async () => {
  if (!KUBECONFIG && !KUBEBUILDER_ASSETS) throw new Error('KUBECONFIG or KUBEBUILDER_ASSETS is wanted')
  if (!KUBECONFIG && KUBEBUILDER_ASSETS) server = await startRealApiServer(KUBEBUILDER_ASSETS)
  kubeconfig = KUBECONFIG ?? server?.kubeconfig ?? ''
  await defineKinds(await connect(), gateways)
})
afterAll(() => server?.stop())

async function connect(): Promise<ApiClient> {
  return new ApiClient(await findCluster(kubeconfig))
}

/** The same cluster as another user, by impersonation. */
async function connectAs(user: string): Promise<ApiClient> {
  const credentials = await findCluster(kubeconfig)
  return new ApiClient({
    ...credentials,
    async options() {
      const options = await credentials.options()
      return { ...options, headers: { ...options.headers, 'Impersonate-User': user } }
    },
  })
}

apiServerContract(connect)
operatorFacts(connect)
electionFacts(connect)
definitionFacts(connect)
gatewayFacts(connect, gateways !== undefined)
manyFacts(connect, () => kubeconfig)

describe('the whole operator', () => {
  let api: ApiClient
  beforeAll(async () => {
    api = await connect()
  })

  const count = async (kind: Kind, namespace: string) => {
    const query = { labelSelector: `${MANAGED_BY}=${OPERATOR}` }
    const list = await api.request({ method: 'GET', path: pathOf(kind, namespace), query })
    return itemsOf.parse(list).items.length
  }
  const idle = ({ operator }: RunningOperator) =>
    eventually(() => [...operator.reconciles].length > 0 && operator.waiting === 0)
  const say = (text: string) => void process.stdout.write(`${text}\n`)
  const ready = async (kind: Kind, namespace: string, name: string) =>
    JSON.stringify((await getObject(api, kind, { namespace, name }))?.status ?? {}).includes('"status":"True"')

  it('loses no change while the API server is killed in the middle and comes back', async () => {
    if (!server) return say('not run: the API server of KUBECONFIG is not ours to kill')
    const namespace = await newNamespace(api, 'killed')
    const running = startOperator(api, { namespaces: [namespace] })
    try {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, `r${index}`)),
        ),
      )
      await server.kill()
      const down = performance.now()
      await server.start()
      const admin = await connect()
      await createObject(admin, GAFAELFAWR_INGRESS, ingressOf(namespace, 'after'))
      await eventually(async () => (await count(INGRESS, namespace)) === 51, { withinMs: 120_000 })
      say(
        `API server killed and started again: all 51 objects ${((performance.now() - down) / 1000).toFixed(1)} s after`,
      )
    } finally {
      await running.stop()
    }
  })

  it('says so where it may not write, and goes on when it may', async () => {
    const namespace = await newNamespace(api, 'denied')
    const user = `operator-${namespace}`
    const grant = async (name: string, rules: object[]) => {
      const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
      const head = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: `${user}-${name}` } }
      await api.request({ method: 'POST', path: rbac, body: { ...head, kind: 'ClusterRole', rules } })
      await api.request({
        method: 'POST',
        path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
        body: {
          ...head,
          kind: 'ClusterRoleBinding',
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${user}-${name}` },
          subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
        },
      })
    }
    const groups = ['gafaelfawr.lsst.io', 'postern.dev']
    await grant('resources', [
      { apiGroups: groups, resources: ['*'], verbs: ['get', 'list', 'watch', 'patch'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['get', 'list', 'watch'] },
    ])
    const running = startOperator(await connectAs(user), { namespaces: [namespace] })
    try {
      await createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, 'tap'))
      await eventually(async () => {
        const resource = await getObject(api, GAFAELFAWR_INGRESS, { namespace, name: 'tap' })
        expect(resource?.status).toMatchObject({
          create: { status: 'False', message: expect.stringContaining('cannot patch resource "ingresses"') },
        })
      })
      await grant('ingresses', [
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['create', 'patch', 'delete'] },
      ])
      await eventually(async () => (await count(INGRESS, namespace)) === 1)
      await eventually(() => ready(GAFAELFAWR_INGRESS, namespace, 'tap'))
      say(
        `RBAC denied: ${running.lines.filter((each) => each.includes('not reconciled')).length} attempts until it was granted`,
      )
    } finally {
      await running.stop()
    }
  })

  it('repairs a hundred objects that are deleted behind its back', async () => {
    const namespace = await newNamespace(api, 'deleted')
    const running = startOperator(api, { namespaces: [namespace] })
    try {
      const names = Array.from({ length: 100 }, (_, index) => `r${index}`)
      await Promise.all(names.map((name) => createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, name))))
      await eventually(async () => (await count(INGRESS, namespace)) === 100)
      await idle(running)
      const old = await Promise.all(names.map((name) => getObject(api, INGRESS, { namespace, name })))
      const began = performance.now()
      for (const each of old) if (each) await removeObject(api, INGRESS, each)
      const uids = new Set(old.map((each) => each?.metadata.uid))
      await eventually(async () => {
        const now = await Promise.all(names.map((name) => getObject(api, INGRESS, { namespace, name })))
        return now.every((each) => each && !uids.has(each.metadata.uid))
      })
      say(`100 objects deleted: all back ${((performance.now() - began) / 1000).toFixed(1)} s after the first went`)
    } finally {
      await running.stop()
    }
  })

  it('ends at the last of a hundred updates of one resource, with fewer writes than updates', async () => {
    const namespace = await newNamespace(api, 'updated')
    const running = startOperator(api, { namespaces: [namespace] })
    try {
      const place = { namespace, name: 'tap' }
      await createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, 'tap'))
      for (let each = 1; each <= 100; each++)
        await patchObject(api, GAFAELFAWR_INGRESS, place, { config: { service: `s${each}` } })
      await eventually(async () => {
        const { metadata } = (await getObject(api, INGRESS, place)) ?? {}
        expect(metadata?.annotations?.['nginx.ingress.kubernetes.io/auth-url']).toContain('service=s100')
      })
      await idle(running)
      const resource = await getObject(api, GAFAELFAWR_INGRESS, place)
      expect(resource?.status).toMatchObject({ create: { observedGeneration: 101, status: 'True' } })
      const writes = running.lines.filter((each) => each.includes('"Kubernetes object"')).length
      expect(writes).toBeLessThan(100)
      say(`100 updates of one resource: ${writes} writes of its Ingress`)
    } finally {
      await running.stop()
    }
  })
})
