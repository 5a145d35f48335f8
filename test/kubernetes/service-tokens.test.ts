import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Manifest } from '../../server/core/kubernetes/manifest.js'
import type { StandingObject } from '../../server/core/kubernetes/operator/standing.js'
import { parseToken, type Token } from '../../server/core/token/token.js'
import type { ApiClient } from '../../server/kubernetes/cluster/api-client.js'
import { GAFAELFAWR_SERVICE_TOKEN, type Kind, SECRET, SERVICE_TOKEN } from '../../server/kubernetes/cluster/kinds.js'
import { createObject, getObject, patchObject, removeObject } from '../../server/kubernetes/cluster/objects.js'
import { Election } from '../../server/kubernetes/operator/election.js'
import { operatorListener } from '../../server/kubernetes/operator/listener.js'
import { TokenKeeper } from '../../server/kubernetes/service-tokens/token-keeper.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { liftSuspension } from '../../server/tokens/incident/lift-suspension.js'
import { suspendTokens } from '../../server/tokens/incident/suspend.js'
import { eventually } from '../support/eventually.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { fakeCluster } from './support/cluster.js'
import type { FakeApiServer } from './support/fake-api-server.js'
import { type RunningOperator, startOperator } from './support/operator.js'

const namespace = 'jobs'

describe('the token of a service', () => {
  let site: RunningPostern
  let fake: FakeApiServer
  let api: ApiClient
  let running: RunningOperator

  beforeAll(async () => {
    site = await startPostern()
    ;({ fake, api } = await fakeCluster())
    start()
  })
  afterEach(async () => {
    await running.stop()
    start()
  })
  afterAll(async () => {
    await running.stop()
    await fake.stop()
    await site.stop()
  })

  function start(): void {
    const { context } = site
    running = startOperator(api, { settings: context.settings, clock: context.clock, keeper: new TokenKeeper(context) })
  }
  const place = (name: string) => ({ namespace, name })
  const stated = (kind: Kind, name: string, spec: object, metadata: object = {}): Manifest => ({
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { ...place(name), ...metadata },
    spec: { service: `bot-${name}`, scopes: ['read:tap'], ...spec },
  })
  const gafaelfawrs = (name: string, metadata: object = {}) =>
    createObject(api, GAFAELFAWR_SERVICE_TOKEN, stated(GAFAELFAWR_SERVICE_TOKEN, name, {}, metadata))
  const own = (name: string, spec: object = {}) => createObject(api, SERVICE_TOKEN, stated(SERVICE_TOKEN, name, spec))
  const secret = (name: string): Promise<StandingObject> =>
    eventually(async () => {
      const found = await getObject(api, SECRET, place(name))
      if (!found) throw new Error(`No Secret ${name}`)
      return found
    })
  function textOf({ data }: StandingObject, key = 'token'): string {
    const encoded = new Map<string, unknown>(Object.entries(data ?? {})).get(key)
    return Buffer.from(String(encoded), 'base64').toString()
  }
  const tokenOf = (text: string) => parseToken(text) as Token
  const valid = (text: string) => authenticate(site.context, tokenOf(text))
  const says = (kind: Kind, name: string, status: object) =>
    eventually(async () => expect((await getObject(api, kind, place(name)))?.status).toMatchObject(status))
  /** Until the operator has looked at all, and has nothing to do. */
  const rest = () => eventually(() => [...running.operator.reconciles].length > 0 && running.operator.waiting === 0)
  /** Until the Secret has another token than this. */
  const successor = (name: string, text: string) =>
    eventually(async () => {
      const next = textOf(await secret(name))
      return next !== text && next
    })

  it('is in a Secret of the object’s name, with its labels, and the history names the object', async () => {
    const kubectl = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' }
    const metadata = { labels: { app: 'mobu' }, annotations: { note: 'x', ...kubectl } }
    const resource = await gafaelfawrs('mobu', metadata)
    const made = await secret('mobu')
    expect(made.metadata).toMatchObject({
      labels: { app: 'mobu', 'app.kubernetes.io/managed-by': 'Postern' },
      annotations: { note: 'x' },
      ownerReferences: [{ kind: 'GafaelfawrServiceToken', uid: resource.metadata.uid, controller: true }],
    })
    expect(made.metadata.annotations).not.toHaveProperty(['kubectl.kubernetes.io/last-applied-configuration'])
    const token = await valid(textOf(made))
    expect(token).toMatchObject({ username: 'bot-mobu', type: 'service', scopes: ['read:tap'] })
    const create = { status: 'True', reason: 'Created', message: 'Secret was created' }
    await says(GAFAELFAWR_SERVICE_TOKEN, 'mobu', { create, tokenKey: token?.key })
    const [row] = await site.context.postgres.prisma.auditEvent.findMany({
      where: { event: { contains: String(token?.key) } },
    })
    expect(JSON.parse(row?.event ?? '{}')).toMatchObject({
      event: { action: 'token.create' },
      postern: { channel: 'job', reason: 'GafaelfawrServiceToken jobs/mobu' },
    })
  })

  it('stays over a restart', async () => {
    const before = await secret('mobu')
    await rest()
    expect((await secret('mobu')).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  it('is made anew when its Secret is deleted or spoilt, and the old one works on for an hour', async () => {
    await rest()
    const first = textOf(await secret('mobu'))
    await removeObject(api, SECRET, await secret('mobu'))
    const second = await successor('mobu', first)
    await patchObject(api, SECRET, place('mobu'), { data: { token: Buffer.from('spoilt').toString('base64') } })
    const third = await eventually(async () => {
      const next = textOf(await secret('mobu'))
      return ![first, second, 'spoilt'].includes(next) && next
    })
    await eventually(async () => {
      const ends = [await valid(first), await valid(second), await valid(third)].map((each) => each?.expires)
      expect(ends).toEqual([expect.any(Number), expect.any(Number), undefined])
    })
    expect(Number((await valid(first))?.expires) - site.now()).toBeLessThanOrEqual(3600)
    await says(GAFAELFAWR_SERVICE_TOKEN, 'mobu', { periodic: { status: 'True', message: 'Secret was updated' } })
  })

  it('is not made anew while it is suspended', async () => {
    await own('leaking')
    const text = textOf(await secret('leaking'))
    const target = { username: 'bot-leaking', key: tokenOf(text).key }
    const actor = { username: 'root' }
    expect(await suspendTokens(site.context, [target], { actor })).toBe(1)
    await running.stop()
    start()
    await rest()
    expect(textOf(await secret('leaking'))).toBe(text)
    expect(await valid(text)).toBeUndefined()
    expect(await liftSuspension(site.context, target, actor)).toBe(1)
    expect(await valid(text)).toBeDefined()
  })

  it('has other scopes when the object has', async () => {
    const first = textOf(await secret('mobu'))
    await patchObject(api, GAFAELFAWR_SERVICE_TOKEN, place('mobu'), { spec: { scopes: ['read:tap', 'exec:portal'] } })
    expect((await valid(await successor('mobu', first)))?.scopes).toEqual(['exec:portal', 'read:tap'])
  })

  it('is not made where the object is wrong, and the status says why', async () => {
    await own('tea', { scopes: ['read:tea'] })
    await says(SERVICE_TOKEN, 'tea', { conditions: [{ status: 'False', message: 'Unknown scopes requested' }] })
    await own('person', { service: 'ada' })
    const message = 'spec.service: must be bot- and small letters, digits and single dashes'
    await says(SERVICE_TOKEN, 'person', { conditions: [{ status: 'False', message }] })
    expect([await getObject(api, SECRET, place('tea')), await getObject(api, SECRET, place('person'))]).toEqual([
      undefined,
      undefined,
    ])
  })

  it('is replaced before it ends, and the old one works on for the overlap', async () => {
    await own('turning', {
      secretName: 'turning-token',
      key: 'gt',
      lifetime: '30d',
      rotateBefore: '10d',
      overlap: '30m',
    })
    const first = textOf(await secret('turning-token'), 'gt')
    expect(Number((await valid(first))?.expires) - site.now()).toBeGreaterThan(29 * 86_400)
    site.advance(19 * 86_400)
    await running.stop()
    start()
    await rest()
    expect(textOf(await secret('turning-token'), 'gt')).toBe(first)
    site.advance(2 * 86_400)
    await running.stop()
    start()
    const second = await eventually(async () => {
      const next = textOf(await secret('turning-token'), 'gt')
      return next !== first && next
    })
    await eventually(async () => expect(Number((await valid(first))?.expires) - site.now()).toBeLessThanOrEqual(1800))
    expect(await valid(second)).toBeDefined()
    site.advance(1801)
    expect([await valid(first), (await valid(second))?.username]).toEqual([undefined, 'bot-turning'])
  })

  it('moves to a Secret of another name, and the one before goes', async () => {
    const { data } = await secret('turning-token')
    await patchObject(api, SERVICE_TOKEN, place('turning'), { spec: { secretName: 'moved' } })
    expect((await secret('moved')).data).toEqual(data)
    await eventually(async () => (await getObject(api, SECRET, place('turning-token'))) === undefined)
  })

  it('is revoked when the object goes, which waits for it', async () => {
    const text = textOf(await secret('moved'), 'gt')
    const resource = await getObject(api, SERVICE_TOKEN, place('turning'))
    expect(resource?.metadata.finalizers).toEqual(['postern.dev/service-token'])
    if (resource) await removeObject(api, SERVICE_TOKEN, resource)
    await eventually(async () => (await getObject(api, SERVICE_TOKEN, place('turning'))) === undefined)
    expect([await valid(text), await getObject(api, SECRET, place('moved'))]).toEqual([undefined, undefined])
  })

  it('is revoked with those before it, which work on for the overlap, though another operator runs since', async () => {
    await own('ending')
    const first = textOf(await secret('ending'))
    await removeObject(api, SECRET, await secret('ending'))
    const second = await successor('ending', first)
    await says(SERVICE_TOKEN, 'ending', { tokenKey: tokenOf(second).key, retiringKeys: [tokenOf(first).key] })
    expect(await valid(first)).toBeDefined()
    await running.stop()
    start()
    await rest()
    const resource = await getObject(api, SERVICE_TOKEN, place('ending'))
    if (resource) await removeObject(api, SERVICE_TOKEN, resource)
    await eventually(async () => (await getObject(api, SERVICE_TOKEN, place('ending'))) === undefined)
    expect([await valid(first), await valid(second)]).toEqual([undefined, undefined])
  })

  it('ends after the overlap, too, when the operator was ended before the status named its successor', async () => {
    await own('broken')
    await says(SERVICE_TOKEN, 'broken', { conditions: [{ status: 'True' }] })
    await running.stop()
    const scopes = [...site.context.settings.knownScopes.keys()].filter((each) => each === 'read:tap')
    const made = await new TokenKeeper(site.context).make({ service: 'bot-broken', scopes, overlap: 0 }, 'test')
    const old = 'text' in made ? made.text : ''
    const status = { tokenKey: tokenOf(old).key }
    await patchObject(api, SERVICE_TOKEN, place('broken'), { subresource: 'status', status })
    start()
    await says(SERVICE_TOKEN, 'broken', { retiringKeys: [tokenOf(old).key] })
    expect(Number((await valid(old))?.expires) - site.now()).toBeLessThanOrEqual(3600)
    expect(await valid(textOf(await secret('broken')))).toMatchObject({ username: 'bot-broken' })
  })

  it('is in the metrics, with its end and its last use', async () => {
    await own('measured', { lifetime: '30d' })
    await says(SERVICE_TOKEN, 'measured', { expires: expect.anything() })
    const lastUsed = '2027-01-15T08:00:00Z'
    await patchObject(api, SERVICE_TOKEN, place('measured'), { subresource: 'status', status: { lastUsed } })
    const lead = async () => undefined
    const election = new Election({ api, place: place('x'), candidate: 'a', lead, log: site.context.log })
    const listener = operatorListener({ operator: running.operator, election }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    try {
      await eventually(async () => {
        const response = await fetch(`http://127.0.0.1:${(listener.address() as AddressInfo).port}/metrics`)
        const text = await response.text()
        const of = '{kind="ServiceToken",namespace="jobs",name="measured"}'
        expect(text).toContain(`postern_operator_service_token_last_used_timestamp_seconds${of} 1800000000`)
        const ends = text.split(`postern_operator_service_token_expires_timestamp_seconds${of} `)[1]
        expect(Math.abs(Number.parseInt(ends ?? '', 10) - site.now() - 30 * 86_400)).toBeLessThan(3_600)
        expect(text).toMatch(/^postern_operator_service_tokens\{kind="ServiceToken"\} \d+$/m)
      })
    } finally {
      listener.close()
      listener.closeAllConnections()
    }
  })

  describe('with Gafaelfawr before', () => {
    /** The Secret that Gafaelfawr’s operator has made for an object. */
    async function takenOver(name: string, text: string): Promise<StandingObject> {
      await running.stop()
      const { apiVersion, kind, metadata } = await gafaelfawrs(name)
      const owner = { apiVersion, kind, name, uid: metadata.uid, controller: true, blockOwnerDeletion: true } as const
      const data = { token: Buffer.from(text).toString('base64') }
      const head = { ...place(name), ownerReferences: [owner] }
      const before = await createObject(api, SECRET, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: head,
        type: 'Opaque',
        data,
      })
      start()
      return before
    }

    it('replaces a token that is unknown here', async () => {
      const unknown = `gt-${'a'.repeat(22)}.${'b'.repeat(22)}`
      const { metadata } = await takenOver('old', unknown)
      expect((await valid(await successor('old', unknown)))?.username).toBe('bot-old')
      expect((await secret('old')).metadata.uid).toBe(metadata.uid)
    })

    it('leaves a token that was imported', async () => {
      const scopes = [...site.context.settings.knownScopes.keys()].filter((each) => each === 'read:tap')
      const made = await new TokenKeeper(site.context).make({ service: 'bot-kept', scopes, overlap: 0 }, 'test')
      const text = 'text' in made ? made.text : ''
      await takenOver('kept', text)
      await says(GAFAELFAWR_SERVICE_TOKEN, 'kept', { create: { status: 'True' } })
      expect(textOf(await secret('kept'))).toBe(text)
      expect((await secret('kept')).metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'Postern' })
    })
  })

  it('is not put into a Secret of another program, of which it reads the metadata alone', async () => {
    const data = { password: 'c2VjcmV0' }
    await createObject(api, SECRET, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: place('database'),
      type: 'Opaque',
      data,
    })
    fake.wholeReads.length = 0
    await own('thief', { secretName: 'database' })
    const message = 'Secret database stands already, and was not made for this object'
    await says(SERVICE_TOKEN, 'thief', { conditions: [{ status: 'False', message }] })
    expect(fake.wholeReads).not.toContain('secrets jobs/database')
    expect((await getObject(api, SECRET, place('database')))?.data).toEqual(data)
    expect(await site.context.postgres.prisma.token.count({ where: { username: 'bot-thief' } })).toBe(0)
  })
})
