import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { StandingObject } from '../../server/core/kubernetes/operator/standing.js'
import type { ApiClient } from '../../server/kubernetes/cluster/api-client.js'
import { Informer } from '../../server/kubernetes/cluster/informer.js'
import {
  GAFAELFAWR_INGRESS,
  GAFAELFAWR_SERVICE_TOKEN,
  type Kind,
  pathOf,
  SECRET,
  targetKind,
} from '../../server/kubernetes/cluster/kinds.js'
import { createObject, getObject, patchObject, removeObject } from '../../server/kubernetes/cluster/objects.js'
import { secretText } from '../../server/kubernetes/service-tokens/found.js'
import { TokenKeeper } from '../../server/kubernetes/service-tokens/token-keeper.js'
import { eventually } from '../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { fakeCluster, ingressOf, serviceTokenOf } from './support/cluster.js'
import type { FakeApiServer } from './support/fake-api-server.js'
import { type RunningOperator, startOperator } from './support/operator.js'

const INGRESS = targetKind('Ingress')
const AUTH_URL = 'nginx.ingress.kubernetes.io/auth-url'
const namespace = 'tap'
const names = Array.from({ length: 12 }, (_, index) => `s${index}`)
const place = (name: string) => ({ namespace, name })
/** Gafaelfawr's checks and Postern's; the tokens are imported, so that one Postern answers for both. */
const GAFAELFAWRS = 'http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/ingress/auth?scope=read:tap'
const KOPF = {
  annotations: { 'kopf.zalando.org/last-handled-configuration': '{}' },
  finalizers: ['kopf.zalando.org/KopfFinalizerMarker'],
}

/** What Gafaelfawr's operator has made of a resource, whole. */
function madeBefore(resource: StandingObject, kind: Kind, body: object, annotations: Record<string, string> = {}) {
  const { apiVersion, kind: owner, metadata } = resource
  const { name, uid } = metadata
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: {
      ...place(name),
      annotations,
      labels: { 'app.kubernetes.io/managed-by': 'Gafaelfawr' },
      ownerReferences: [{ apiVersion, kind: owner, name, uid, controller: true as const, blockOwnerDeletion: true }],
    },
    ...body,
  }
}
const ingressBefore = (resource: StandingObject) => {
  const defaultBackend = { service: { name: resource.metadata.name, port: { number: 80 } } }
  return madeBefore(
    resource,
    INGRESS,
    { spec: { ingressClassName: 'nginx', defaultBackend } },
    { [AUTH_URL]: GAFAELFAWRS },
  )
}

describe('the change from Gafaelfawr’s operator, and back, under traffic', () => {
  let site: RunningPostern
  let fake: FakeApiServer
  let api: ApiClient
  let running: RunningOperator | undefined
  const stopping = new AbortController()
  const wrong: string[] = []
  const asked = new Map<string, number>()
  let traffic: Promise<void>

  beforeAll(async () => {
    site = await startPostern({ baseUrl: 'https://data.example.org' })
    ;({ fake, api } = await fakeCluster())
    const keeper = new TokenKeeper(site.context)
    const scopes = [...site.context.settings.knownScopes.keys()].filter((each) => each === 'read:tap')
    for (const name of names) {
      const route = ingressOf(namespace, name)
      const metadata = { ...place(name), ...KOPF }
      const made = await createObject(api, GAFAELFAWR_INGRESS, { ...route, metadata })
      await createObject(api, INGRESS, ingressBefore(made))
      const wanted = serviceTokenOf(GAFAELFAWR_SERVICE_TOKEN, metadata)
      const service = await createObject(api, GAFAELFAWR_SERVICE_TOKEN, wanted)
      const token = await keeper.make({ service: `bot-${name}`, scopes, overlap: 0 }, 'imported')
      const data = { token: Buffer.from('text' in token ? token.text : '').toString('base64') }
      await createObject(api, SECRET, madeBefore(service, SECRET, { type: 'Opaque', data }))
    }
    traffic = Promise.all([sendRequests(), watchIngresses()]).then(() => undefined)
  })
  afterAll(async () => {
    stopping.abort()
    await traffic
    await running?.stop()
    await fake.stop()
    await site.stop()
  })

  /** As nginx and a service's pod do: with the URL of the Ingress and the token of the Secret, as they are at this moment. */
  async function sendRequests(): Promise<void> {
    for (let at = 0; !stopping.signal.aborted; at++) {
      const name = names[at % names.length] ?? ''
      const ingress = await getObject(api, INGRESS, place(name))
      const secret = await getObject(api, SECRET, place(name))
      const text = secret && secretText(secret, 'token')
      const url = ingress?.metadata.annotations?.[AUTH_URL]
      if (!url || !text) {
        wrong.push(`${name}: ${url} ${text}`)
        continue
      }
      const { host, pathname, search } = new URL(url)
      const check = (headers: Record<string, string>) =>
        fetch(`${site.url}${pathname}${search}`, { headers: { ...ASKED, ...headers } })
      const statuses = [await check({}), await check({ Authorization: `Bearer ${text}` })].map(({ status }) => status)
      if (statuses.join() !== '401,200') wrong.push(`${name} at ${url}: ${statuses}`)
      asked.set(host, (asked.get(host) ?? 0) + 1)
    }
  }

  /** Every version that there was, between two requests, too. */
  function watchIngresses(): Promise<void> {
    const onChange = ({ metadata }: StandingObject, change: string) => {
      const url = metadata.annotations?.[AUTH_URL] ?? ''
      if (change === 'gone' || !url.includes('/ingress/auth?scope=read:tap'))
        wrong.push(`${change} ${metadata.name}: ${url}`)
    }
    const { log } = site.context
    const watching = { api: api.within(stopping.signal), kind: INGRESS, namespace, relistMs: 600_000, log, onChange }
    return new Informer(watching).run(stopping.signal)
  }
  const moreFrom = async (host: string) => {
    const before = asked.get(host) ?? 0
    await eventually(() => (asked.get(host) ?? 0) >= before + 2 * names.length)
  }
  const all = (kind: Kind) => Promise.all(names.map((name) => getObject(api, kind, place(name))))

  it('opens no route, fails no token, and leaves nothing of Kopf', async () => {
    await moreFrom('gafaelfawr.gafaelfawr.svc.cluster.local:8080')
    const tokens = (await all(SECRET)).map((each) => each?.data)
    const { settings, clock } = site.context
    running = startOperator(api, { settings, clock, keeper: new TokenKeeper(site.context) })
    await eventually(async () => {
      const made = [...(await all(INGRESS)), ...(await all(SECRET))]
      const makers = made.map((each) => each?.metadata.labels?.['app.kubernetes.io/managed-by'])
      expect(makers.filter((each) => each !== 'Postern')).toEqual([])
      const resources = [...(await all(GAFAELFAWR_INGRESS)), ...(await all(GAFAELFAWR_SERVICE_TOKEN))]
      const kept = resources.map((each) =>
        Object.keys(each?.metadata.annotations ?? {}).concat(each?.metadata.finalizers ?? []),
      )
      expect(kept.flat().filter((each) => each.startsWith('kopf'))).toEqual([])
      expect(resources.map((each) => JSON.stringify(each?.status ?? {}).includes('"status":"True"'))).not.toContain(
        false,
      )
    })
    await moreFrom('postern-checks.postern.svc.cluster.local')
    expect((await all(SECRET)).map((each) => each?.data)).toEqual(tokens)
    expect(wrong).toEqual([])
  })

  it('and the way back neither: Gafaelfawr’s operator writes its objects again, and they can be deleted', async () => {
    await running?.stop()
    for (const name of names) {
      const finalizers = { metadata: { finalizers: null } }
      await patchObject(api, GAFAELFAWR_SERVICE_TOKEN, place(name), finalizers)
      const resource = await getObject(api, GAFAELFAWR_INGRESS, place(name))
      if (!resource) throw new Error(name)
      const path = `${pathOf(INGRESS, namespace)}/${name}`
      const contentType = 'application/merge-patch+json'
      await api.request({
        method: 'PATCH',
        path,
        query: { fieldManager: 'kopf' },
        contentType,
        body: ingressBefore(resource),
      })
    }
    await moreFrom('gafaelfawr.gafaelfawr.svc.cluster.local:8080')
    expect(wrong).toEqual([])
    stopping.abort()
    await traffic
    for (const each of await all(GAFAELFAWR_SERVICE_TOKEN))
      if (each) await removeObject(api, GAFAELFAWR_SERVICE_TOKEN, each)
    expect((await all(GAFAELFAWR_SERVICE_TOKEN)).filter((each) => each !== undefined)).toEqual([])
  })
})
