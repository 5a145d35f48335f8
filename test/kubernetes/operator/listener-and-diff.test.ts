import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Manifest } from '../../../server/core/kubernetes/manifest.js'
import type { ApiClient } from '../../../server/kubernetes/cluster/api-client.js'
import { GAFAELFAWR_INGRESS, targetKind } from '../../../server/kubernetes/cluster/kinds.js'
import { applyObject, createObject, getObject, patchObject } from '../../../server/kubernetes/cluster/objects.js'
import { diffObjects } from '../../../server/kubernetes/diff.js'
import { Election } from '../../../server/kubernetes/operator/election.js'
import { operatorListener } from '../../../server/kubernetes/operator/listener.js'
import { eventually } from '../../support/eventually.js'
import { fakeCluster, ingressOf } from '../support/cluster.js'
import type { FakeApiServer } from '../support/fake-api-server.js'
import { type RunningOperator, startOperator } from '../support/operator.js'

const silent = { warn: () => undefined, info: () => undefined, error: () => undefined, debug: () => undefined }
const INGRESS = targetKind('Ingress')
const place = { namespace: 'tap', name: 'tap' }

let fake: FakeApiServer
let api: ApiClient
beforeAll(async () => {
  ;({ fake, api } = await fakeCluster())
})
afterAll(() => fake.stop())

describe('the operator’s own addresses', () => {
  let running: RunningOperator
  beforeAll(() => {
    running = startOperator(api)
  })
  afterAll(() => running.stop())

  it('say whether it is healthy and leads, and what it has done', async () => {
    await createObject(api, GAFAELFAWR_INGRESS, ingressOf('tap', 'tap'))
    await eventually(async () => (await getObject(api, INGRESS, place)) !== undefined)
    const lead = async () => undefined
    const election = new Election({ api, place, candidate: 'a', lead, log: silent as never })
    const listener = operatorListener({ operator: running.operator, election }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const get = (path: string) => fetch(`http://127.0.0.1:${(listener.address() as AddressInfo).port}${path}`)
    try {
      const health = await get('/health')
      expect([health.status, await health.json()]).toEqual([200, { status: 'healthy', leader: false }])
      expect((await get('/health/live')).status).toBe(200)
      expect((await get('/other')).status).toBe(404)
      await eventually(async () => {
        const text = await (await get('/metrics')).text()
        expect(text).toMatch(/^postern_operator_reconciles_total\{kind="GafaelfawrIngress",outcome="done"\} [12]$/m)
        expect(text).toMatch(/^postern_operator_leader 0$/m)
        expect(text).toMatch(/^postern_operator_list_age_seconds\{kind="GafaelfawrIngress"\} \d/m)
      })
    } finally {
      listener.close()
      listener.closeAllConnections()
    }
  })
})

describe('a difference from a cluster', () => {
  const wanted = (url: string): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'other', namespace: 'tap', annotations: { 'nginx.ingress.kubernetes.io/auth-url': url } },
    spec: { ingressClassName: 'nginx', rules: [] },
  })

  it('is whole for what does not stand, and nothing for what stands as stated, with the notes of others', async () => {
    expect((await diffObjects(api, [wanted('http://x/')])).slice(0, 3)).toEqual([
      '--- /dev/null',
      '+++ Ingress tap/other',
      '@@ -0,0 +1,10 @@',
    ])
    await applyObject(api, INGRESS, wanted('http://x/'))
    await patchObject(api, INGRESS, { ...place, name: 'other' }, { metadata: { annotations: { theirs: '1' } } })
    expect(await diffObjects(api, [wanted('http://x/')])).toEqual([])
  })

  it('names what is stated otherwise', async () => {
    const lines = await diffObjects(api, [wanted('http://y/')])
    expect(lines.filter((each) => /^[-+]/.test(each))).toEqual([
      '--- Ingress tap/other',
      '+++ Ingress tap/other',
      '-    nginx.ingress.kubernetes.io/auth-url: http://x/',
      '+    nginx.ingress.kubernetes.io/auth-url: http://y/',
    ])
  })
})
