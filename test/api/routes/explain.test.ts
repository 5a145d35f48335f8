import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { RUBIN_SCOPES } from '../../../server/settings/rubin.js'
import { request } from '../../support/documented.js'
import { eventually } from '../../support/eventually.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { keyOf } from '../support/callers.js'

const BASE = 'https://data.example.org'
let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern({
    baseUrl: BASE,
    settings: {
      services: {
        tap: { at: '/api/tap', requires: 'scope=read:tap&service=tap' },
        cut: { at: 'https://cut.example.org/', requires: '' },
      },
      quota: { default: { api: { closed: 0 } } },
      knownScopes: { ...RUBIN_SCOPES, exclusive_access: 'Read reserved data' },
      programs: { pattern: '/data/(?<program>[^/]+)/.*' },
    },
  })
})
afterAll(() => postern.stop())
beforeEach(() => {
  nextUser += 1
})

const someone = () => `asks-${nextUser}`
const ask = (token: string, body: object) =>
  request(postern.server).post('/auth/api/v1/explain').set('Authorization', `Bearer ${token}`).send(body)
const check = (token: string, query: string, url: string) =>
  request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set({ 'X-Original-URL': url, 'X-Original-Method': 'GET', Authorization: `Bearer ${token}` })

/** A token that is bound to the service `portal`. */
async function boundToken(username: string, by: string): Promise<string> {
  const { body } = await request(postern.server)
    .post(`/auth/api/v1/users/${username}/tokens`)
    .set('Authorization', `Bearer ${by}`)
    .send({ token_name: 'bound', scopes: ['read:tap'], services: ['portal'] })
  return body.token
}

interface Sent {
  readonly token: { readonly token: string } | null
  readonly passes: boolean
  readonly steps: readonly { readonly rule: string; readonly passes: boolean; readonly sentence: string }[]
}
const judgedOf = (body: { locations: { tokens: Sent[] }[] }, token: string) =>
  body.locations[0]?.tokens.find((each) => each.token?.token === keyOf(token))

const learned = () => postern.context.redis.zrange('postern:locations', '0', '-1')

describe('an explanation', () => {
  it('of a declared service names what it needs, each token of the caller, and the form for one that passes', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token', 'read:tap'] })
    const weak = await postern.token(ada, { scopes: ['read:image'], name: 'weak' })
    const { status, body } = await ask(owner, { url: '/api/tap/sync?QUERY=SELECT' })
    expect(status).toBe(200)
    expect(body.locations).toHaveLength(1)
    expect(body.locations[0]).toMatchObject({
      prefix: 'data.example.org/api/tap',
      service: 'tap',
      source: 'declared',
      requirement: 'scope=read:tap&service=tap',
      needs: ['A token with the permission read:tap.'],
      create: `${BASE}/auth/tokens/new?scope=read%3Atap&name=tap`,
    })
    expect(judgedOf(body, owner)?.passes).toBe(true)
    expect(judgedOf(body, weak)).toMatchObject({ passes: false })
    expect(judgedOf(body, weak)?.steps.at(-1)).toMatchObject({ rule: 'scope', code: 'insufficient_scope' })
  })

  it('agrees with the check, for every token and requirement', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token', 'read:tap', 'exclusive_access'] })
    const tokens = [
      owner,
      await postern.token(ada, { name: 'image', scopes: ['read:image'] }),
      await postern.token(ada, { name: 'short', scopes: ['read:tap'], expires: postern.now() + 400 }),
      await boundToken(ada, owner),
      await postern.session(ada),
    ]
    const url = `${BASE}/data/1234/file.fits`
    for (const query of [
      ...['', 'scope=read:tap', 'scope=read:tap&scope=read:image&satisfy=any', 'scope=read:tap&minimum_lifetime=600'],
      ...['username=grace', `username=${ada}`, 'only_service=tap', 'user_domain=true', 'service=portal&scope=read:tap'],
      ...['service=closed', 'program=from_url'],
    ]) {
      const { body } = await ask(owner, { url, requirement: query, address: '127.0.0.1' })
      for (const token of tokens) {
        const passes = (await check(token, query, url)).status === 200
        expect([query, keyOf(token), judgedOf(body, token)?.passes]).toEqual([query, keyOf(token), passes])
      }
    }
  })

  it('of an address that no proxy asked about is empty, and is learned from the first request of a valid token', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token', 'read:image'] })
    const explained = async () =>
      (await ask(owner, { url: '/images/m31/9.fits' })).body.locations.map(
        (each: { requirement: string }) => each.requirement,
      )
    expect(await explained()).toEqual([])
    await check('gt-aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbb', 'scope=read:image', `${BASE}/images/m31/8.fits`)
    expect(await explained()).toEqual([])
    // The request that is refused teaches as well: its user is the one who asks.
    const weak = await postern.token(ada, { scopes: [], name: 'weak' })
    expect((await check(weak, 'scope=read:image', `${BASE}/images/m31/7.fits`)).status).toBe(403)
    await eventually(async () => expect(await explained()).toEqual(['scope=read:image']))
  })

  it('is learned from cached checks as well, from one of many', async () => {
    const token = await postern.token(someone(), { scopes: ['user:token'] })
    const learned = async () => (await ask(token, { url: '/second' })).body.locations.length
    await check(token, 'service=cached', `${BASE}/first`)
    for (let at = 0; at < 64; at += 1) await check(token, 'service=cached', `${BASE}/second`)
    await eventually(async () => expect(await learned()).toBe(1))
  })

  it('learns neither file names nor what two programs read differently', async () => {
    const ada = someone()
    const token = await postern.token(ada, { scopes: ['user:token', 'read:image'] })
    await check(token, 'service=secret', `${BASE}/secret/..%2fplans/x`)
    await check(token, 'service=deep', `${BASE}/deep/a/b/c/private-name.fits?sig=s3cr3t`)
    await check(token, 'service=flat', `${BASE}/flat/private-name.fits`)
    await eventually(async () => expect((await learned()).join()).toContain('/deep/a/b'))
    expect((await learned()).filter((each) => /private-name|s3cr3t|secret|plans/.test(each))).toEqual([])
  })

  it('learns a bounded number of prefixes for one requirement', async () => {
    const token = await postern.token(someone(), { scopes: ['user:token'] })
    // Refusals are not cached, so that each of them teaches.
    for (let at = 0; at < 60; at += 1) await check(token, 'scope=exec:admin', `${BASE}/flood-${at}/x`)
    const flooded = (await learned()).filter((each) => each.includes('/flood-'))
    expect(flooded.length).toBeGreaterThan(0)
    expect(flooded.length).toBeLessThanOrEqual(50)
  })

  it('forgets what no proxy has asked about for ninety days', async () => {
    const token = await postern.token(someone(), { scopes: ['user:token'], expires: postern.now() + 200 * 86_400 })
    await check(token, 'service=gone', `${BASE}/gone`)
    const asked = async () => (await ask(token, { url: '/gone' })).body.locations.length
    await eventually(async () => expect(await asked()).toBe(1))
    postern.advance(91 * 86_400)
    expect(await asked()).toBe(0)
    postern.advance(-91 * 86_400)
  })

  it('of a scope that no group of the caller gives says so, and offers no form', async () => {
    const token = await postern.token(someone(), { scopes: ['user:token'] })
    const { body } = await ask(token, { requirement: 'scope=exec:admin' })
    expect(body.locations[0]).toMatchObject({ lacking: ['exec:admin'] })
    expect(body.locations[0]).not.toHaveProperty('create')
  })

  it('of an instant judges the tokens as they will be', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token'] })
    const expires = postern.now() + 3600
    const short = await postern.token(ada, { name: 'short', scopes: [], expires })
    const passes = async (at: number) => judgedOf((await ask(owner, { requirement: '', at })).body, short)?.passes
    expect([await passes(expires - 1), await passes(expires)]).toEqual([true, false])
  })

  it('counts against no quota and records no use', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token'] })
    const other = await postern.token(ada, { name: 'other', scopes: [] })
    await ask(owner, { requirement: 'service=portal&delegate_to=portal' })
    const { body } = await request(postern.server)
      .get(`/auth/api/v1/users/${ada}/tokens`)
      .set('Authorization', `Bearer ${owner}`)
    expect(body.map(({ token }: { token: string }) => token).sort()).toEqual([owner, other].map(keyOf).sort())
    expect(body.find(({ token }: { token: string }) => token === keyOf(other))).not.toHaveProperty('last_used')
  })
})

describe('who may be told', () => {
  it('an administrator, about the tokens of another user and about a session that they could open', async () => {
    const ada = someone()
    const grace = await postern.token(`${ada}-x`, { scopes: ['admin:token'] })
    const tap = await postern.token(ada, { name: 'tap', scopes: ['read:tap'] })
    const { body } = await ask(grace, { url: '/api/tap', username: ada })
    expect(judgedOf(body, tap)?.passes).toBe(true)
    expect(body.locations[0].tokens[0]).toMatchObject({ token: null, passes: true })
    const one = await ask(grace, { url: '/api/tap', username: ada, token: keyOf(tap) })
    expect(one.body.locations[0].tokens.map((each: Sent) => each.token?.token)).toEqual([keyOf(tap)])
  })

  it('no other caller about another user', async () => {
    const ada = someone()
    const tap = await postern.token(ada, { name: 'tap', scopes: ['read:tap'] })
    const mallory = await postern.token(`${ada}-x`, { scopes: ['user:token'] })
    const { status, text } = await ask(mallory, { url: '/api/tap', username: ada, token: keyOf(tap) })
    expect([status, text.includes(keyOf(tap))]).toEqual([403, false])
  })

  it('a token without user:token, about itself alone', async () => {
    const ada = someone()
    await postern.token(ada, { name: 'other', scopes: ['read:tap'] })
    const tap = await postern.token(ada, { name: 'tap', scopes: ['read:tap'] })
    const { body } = await ask(tap, { url: '/api/tap' })
    expect(body.locations[0].tokens.map((each: Sent) => each.token?.token)).toEqual([keyOf(tap)])
  })

  it('a token without user:token, about no other token, even by its name', async () => {
    const ada = someone()
    const other = await postern.token(ada, { name: 'other', scopes: ['read:tap'] })
    const tap = await postern.token(ada, { name: 'tap', scopes: ['read:tap'] })
    const { text, body } = await ask(tap, { url: '/api/tap', token: keyOf(other) })
    expect(body.locations[0].tokens).toEqual([])
    expect(text).not.toContain(keyOf(other))
  })

  it('a user about a token of their own alone, whose key they name', async () => {
    const ada = someone()
    const owner = await postern.token(ada, { scopes: ['user:token'] })
    const grace = await postern.token(`${ada}-x`, { name: 'of another', scopes: ['read:tap'] })
    for (const [key, listed] of [
      [keyOf(owner), [keyOf(owner)]],
      [keyOf(grace), []],
    ] as const) {
      const { body } = await ask(owner, { url: '/api/tap', token: key })
      expect(body.locations[0].tokens.map((each: Sent) => each.token?.token)).toEqual(listed)
    }
  })

  it('a token of a service about itself: an explanation changes nothing', async () => {
    const session = await postern.session(someone())
    const { headers } = await check(
      session,
      'scope=read:tap&delegate_to=tap&delegate_scope=read:tap',
      `${BASE}/api/tap`,
    )
    const internal = String(headers['x-auth-request-token'])
    const { status, body } = await ask(internal, { url: '/api/tap' })
    expect([status, judgedOf(body, internal)?.passes]).toEqual([200, true])
  })
})

describe('a wrong question', () => {
  it.each([
    [{}, 'url'],
    [{ url: '' }, 'url'],
    [{ url: 'ftp://data.example.org/x' }, 'url'],
    [{ url: 'data.example.org/x' }, 'url'],
    [{ url: 'https://' }, 'url'],
    [{ url: `/${'a'.repeat(2000)}` }, 'url'],
    [{ url: '/x', method: 'get' }, 'method'],
    [{ url: '/x', token: 'gt-x' }, 'token'],
    [{ url: '/x', username: 'Ada Lovelace' }, 'username'],
    [{ url: '/x', address: '192.0.2.0/24' }, 'address'],
    [{ url: '/x', at: 'tomorrow' }, 'at'],
    [{ requirement: 'satisfy=some' }, 'requirement'],
    [{ requirement: 'minimum_lifetime=1' }, 'requirement'],
    [{ requirement: 'notebook=true&delegate_to=tap' }, 'requirement'],
  ])('%j names the field %s', async (body, field) => {
    const token = await postern.token(someone(), { scopes: ['user:token'] })
    const answer = await ask(token, body)
    expect([answer.status, answer.body.detail[0].loc]).toEqual([422, ['body', field]])
  })

  it('does not repeat a token that stands in the address', async () => {
    const token = await postern.token(someone(), { scopes: ['user:token'] })
    const { text } = await ask(token, { url: `https://x-oauth-basic:${token}@data.example.org/api/tap` })
    expect(text).toContain('data.example.org/api/tap')
    expect(text).not.toContain(token)
  })
})
