import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { MANAGED_BY, OPERATOR } from '../../server/core/kubernetes/manifest.js'
import { ApiClient } from '../../server/kubernetes/cluster/api-client.js'
import { findCluster } from '../../server/kubernetes/cluster/find-cluster.js'
import { GAFAELFAWR_INGRESS, type Kind, pathOf, targetKind } from '../../server/kubernetes/cluster/kinds.js'
import { createObject, getObject, patchObject, removeObject } from '../../server/kubernetes/cluster/objects.js'
import { eventually } from '../support/eventually.js'
import { makeAccount } from './support/account.js'
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

/** The rights of the operator where the site's routes are, as the chart has them. */
function roleOfChart() {
  const role = z.looseObject({
    kind: z.literal('ClusterRole'),
    rules: z.array(
      z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
    ),
  })
  const documents = parseAllDocuments(readFileSync('deploy/kubernetes/postern.yaml', 'utf8'))
  const [found] = documents.flatMap((each) => role.safeParse(each.toJS()).data ?? [])
  if (!found) throw new Error('No ClusterRole')
  return found
}

apiServerContract(connect, () => server?.compact)
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

  it('says so where its account may not write, and goes on when it may, as often as its Role is taken away', async () => {
    const namespace = await newNamespace(api, 'denied')
    const account = await makeAccount(api, namespace, kubeconfig)
    const { rules } = roleOfChart()
    const reading = rules.flatMap((each) => {
      const verbs = each.verbs.filter((verb) => verb !== 'create' && verb !== 'patch')
      return verbs.length > 0 ? [{ ...each, verbs }] : []
    })
    const ofStatus = { apiGroups: ['gafaelfawr.lsst.io'], resources: ['*'], verbs: ['patch'] }
    await account.may([...reading, ofStatus])
    const running = startOperator(account.api, { namespaces: [namespace] })
    const make = (name: string) => createObject(api, GAFAELFAWR_INGRESS, ingressOf(namespace, name))
    const refusals = () => running.lines.filter((each) => /not reconciled/.test(each) && /forbidden/.test(each)).length
    try {
      await make('first')
      const message = expect.stringMatching(
        new RegExp(`"system:serviceaccount:${namespace}:operator" cannot patch resource "ingresses"`),
      )
      await eventually(async () => {
        const resource = await getObject(api, GAFAELFAWR_INGRESS, { namespace, name: 'first' })
        expect(resource?.status).toMatchObject({ create: { status: 'False', message } })
      })
      expect(await count(INGRESS, namespace)).toBe(0)
      await account.may(rules)
      await eventually(() => ready(GAFAELFAWR_INGRESS, namespace, 'first'))
      await account.may([])
      const before = refusals()
      await make('second')
      await eventually(() => refusals() > before)
      expect(await count(INGRESS, namespace)).toBe(1)
      await account.may(rules)
      await eventually(() => ready(GAFAELFAWR_INGRESS, namespace, 'second'))
      expect(await count(INGRESS, namespace)).toBe(2)
      say(`RBAC denied twice: ${refusals()} attempts until it was granted`)
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
