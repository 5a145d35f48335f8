import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request, { type Response } from 'supertest'
import { read } from '../support/clients/page-text.js'
import { signedIn, type Visitor } from '../support/clients/visitor.js'
import { eventually } from '../support/eventually.js'
import type { RunningPostern } from '../support/postern.js'
import { type Relay, startRelay } from '../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'
import { agreeTo, type RelyingParty, register, sentTo, startProvider } from './support/relying-party.js'
import { approvedDevice, LASTING, redeemable } from './support/token-requests.js'

const LEAVE = 'https://grafana.example.org/signed-out'
let database: Relay
let redis: Relay
let postern: RunningPostern

beforeAll(async () => {
  database = await startRelay(await freshDatabase())
  redis = await startRelay(await freshRedis())
  const settings = { deviceLogin: { enabled: true } }
  postern = await startProvider({ databaseUrl: database.url, redisUrl: redis.url, settings })
})
afterAll(async () => {
  await postern.stop()
  await Promise.all([database.stop(), redis.stop()])
})

const pathOf = (address: string) => {
  const { pathname, search } = new URL(address, postern.url)
  return `${pathname}${search}`
}
const withToken = (path: string, token: string) =>
  request(postern.server).get(path).set('Authorization', `Bearer ${token}`)
const isValid = async (token: string) => (await withToken('/auth/api/v1/token-info', token)).status === 200
const form = (path: string, fields: object) => request(postern.server).post(path).type('form').send(fields)
const send = (party: RelyingParty, path: string, fields: object) =>
  form(`/auth/openid/${path}`, fields).auth(party.id, party.secret)
const page = ({ agent }: Visitor, path: string) => agent.get(path).set('Accept', 'text/html')
const answerOn = ({ agent, csrf }: Visitor, path: string, fields: object) =>
  agent
    .post(path)
    .set('Accept', 'text/html')
    .type('form')
    .send({ csrf, ...fields })

/** A user and two clients in the midst of all that they do, each step ready to be taken. */
async function underWay() {
  const own = await register(postern, { postLogoutUris: [LEAVE] })
  const foreign = await register(postern, { isOwnSite: false })
  const visitor = await signedIn(postern, 'ada')
  const { access_token, refresh_token = '', id_token = '' } = await agreeTo(foreign, visitor, LASTING)
  const code = await redeemable(own, visitor)
  const polling = await approvedDevice(postern, visitor)
  const shown = await postern.token('ada')
  const watcher = await postern.token('root', { scopes: ['admin:userinfo'] })
  const asked = await foreign.begin(LASTING)
  const question = sentTo(await visitor.get(asked.path))
  await visitor.get(question)
  const next = await own.begin()
  const leaving = { id_token_hint: id_token, client_id: foreign.id }
  const token = { token: access_token }
  return {
    ...{ own, foreign, visitor, access_token, refresh_token, shown, asked, question, next },
    inBrowser: {
      authorize: () => page(visitor, next.path),
      question: () => page(visitor, question),
      allow: () => answerOn(visitor, question, { answer: 'allow' }),
      deny: () => answerOn(visitor, question, { answer: 'deny' }),
      'sign out?': () => page(visitor, `/auth/openid/logout?${new URLSearchParams(leaving)}`),
      'sign out': () => answerOn(visitor, '/logout', { client_id: own.id, post_logout_redirect_uri: LEAVE }),
    },
    byPrograms: {
      token: () => send(own, 'token', code),
      refresh: () => send(foreign, 'token', { grant_type: 'refresh_token', refresh_token }),
      device: () => form('/auth/openid/token', polling),
      userinfo: () => withToken('/auth/openid/userinfo', access_token),
      'introspection by the client': () => send(foreign, 'introspect', token),
      'introspection of a refresh token': () => send(foreign, 'introspect', { token: refresh_token }),
      'introspection by a service': () =>
        form('/auth/openid/introspect', token).set('Authorization', `Bearer ${watcher}`),
      'revocation by the client': () => send(foreign, 'revoke', token),
      'revocation of a refresh token': () => send(foreign, 'revoke', { token: refresh_token }),
    },
    revokeShown: () => form('/auth/openid/revoke', { token: shown }),
  }
}

type Steps = Readonly<Record<string, () => PromiseLike<Response>>>

/** Takes all steps at once. */
async function take(steps: Steps): Promise<[string, Response][]> {
  return Promise.all(
    Object.entries(steps).map(async ([name, step]): Promise<[string, Response]> => [name, await step()]),
  )
}

/** All that was handed out, in both stores, and what became of it; without one user token. */
async function handedOut(userToken: string) {
  const { postgres, redis: store } = postern.context
  const { rows: changes } = await postgres.pool.query(
    'SELECT token, action FROM token_change WHERE token <> $1 ORDER BY id',
    [userToken.slice(3, 25)],
  )
  const { rows: consents } = await postgres.pool.query('SELECT * FROM oidc_consent ORDER BY username, client_id')
  return { changes, consents, keys: (await store.keys('postern:openid:*')).sort() }
}

describe.each<[string, () => Relay, (relay: Relay) => unknown]>([
  ['PostgreSQL is away', () => database, (relay) => relay.cut()],
  ['PostgreSQL hangs', () => database, (relay) => relay.stall()],
  ['Redis is away', () => redis, (relay) => relay.cut()],
  ['Redis hangs', () => redis, (relay) => relay.stall()],
])('while %s', (_what, relay, breakIt) => {
  let ready: Awaited<ReturnType<typeof underWay>>
  let inBrowser: [string, Response][]
  let byPrograms: [string, Response][]
  let revoked: Response
  let before: unknown
  let after: unknown

  beforeAll(async () => {
    ready = await underWay()
    before = await handedOut(ready.shown)
    await breakIt(relay())
    ;[inBrowser, byPrograms, revoked] = await Promise.all([
      take(ready.inBrowser),
      take(ready.byPrograms),
      ready.revokeShown(),
    ])
    await relay().mend()
    await eventually(async () => expect((await ready.byPrograms.userinfo()).status).toBe(200))
    after = await handedOut(ready.shown)
  })

  it('each page says so in a sentence, and leads nowhere', () => {
    const seen = inBrowser.map(([name, { status, headers, text }]) => [
      name,
      status,
      headers.location,
      sentenceIn(text),
    ])
    const sentence = 'Postern’s database is not responding. Try again in a moment.'
    expect(seen).toEqual(Object.keys(ready.inBrowser).map((name) => [name, 503, undefined, sentence]))
  })

  it('each program is told that it may try again', () => {
    const seen = byPrograms.map(([name, { status, headers, body }]) => [
      name,
      status,
      body.error,
      headers['retry-after'],
    ])
    const told = (name: string) => [name, 503, 'temporarily_unavailable', '5']
    expect(seen).toEqual(Object.keys(ready.byPrograms).map(told))
    for (const [, { text }] of byPrograms) expect(text).not.toContain('gt-')
  })

  it('nothing is made, used up or revoked', async () => {
    expect(after).toEqual(before)
    expect(await isValid(ready.access_token)).toBe(true)
  })

  it('a token that its holder gives up is revoked, or the holder is told that it is not', async () => {
    expect([200, 503]).toContain(revoked.status)
    expect(await isValid(ready.shown)).toBe(revoked.status === 503)
  })

  it('what was begun goes on afterwards, each with the same request', async () => {
    const { visitor, foreign, own, asked, next, refresh_token } = ready
    const { token, refresh, device } = ready.byPrograms
    const given = await Promise.all([token(), refresh(), device()])
    for (const { status, body } of given) {
      expect([status, await isValid(body.access_token)]).toEqual([200, true])
      expect(body.id_token).toBeDefined()
    }
    expect(given[1]?.body.refresh_token).not.toBe(refresh_token)
    const direct = await own.finish(sentTo(await ready.inBrowser.authorize()), next)
    const allowed = await ready.inBrowser.allow()
    const tokens = await foreign.finish(sentTo(await visitor.get(pathOf(sentTo(allowed)))), asked)
    for (const { access_token } of [direct, tokens]) expect(await isValid(access_token)).toBe(true)
    expect(sentTo(await ready.inBrowser['sign out']())).toBe(LEAVE)
    for (const { access_token } of [direct, tokens]) expect(await isValid(access_token)).toBe(false)
  })
})

/** The sentences below the heading of an error page. */
function sentenceIn(text: string): string {
  const [, main = ''] = text.split('<main')
  const [, said] = /<\/h1>([\s\S]*?)Reference/.exec(main) ?? []
  return said === undefined ? text : read(said).trim()
}
