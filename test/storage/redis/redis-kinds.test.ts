import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Secret } from '../../../server/core/token/secret.js'
import { connectRedis } from '../../../server/operate/lifecycle/connect-redis.js'
import { evictionPolicy } from '../../../server/storage/redis/eviction.js'
import { NEEDED_RIGHTS } from '../../../server/storage/redis/needed-rights.js'
import { Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import {
  type RedisSite,
  startRedisCluster,
  startRedisSentinels,
  startRedisServer,
  startRedisTls,
} from '../../support/stores/redis-servers.js'

const open: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

async function keep<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting
  open.push(started)
  return started
}

/** All that Postern keeps in Redis: sign-in with its slowing down, session, delegated tokens, quotas, last use, and their ends. */
async function liveThrough(postern: RunningPostern): Promise<void> {
  const ask = (headers: Record<string, string>, query: string) =>
    request(postern.server)
      .get(`/ingress/auth?${query}`)
      .set({ ...ASKED, ...headers })
  await postern.account('ada')
  const visitor = new Visitor(postern)
  expect((await visitor.signIn('ada', 'wrong')).status).toBe(403)
  expect((await visitor.signIn('ada')).status).toBe(303)
  expect((await visitor.get('/auth/tokens')).status).toBe(200)

  // Many, so that their keys lie in every part of a cluster.
  for (let count = 0; count < 6; count++) {
    const session = { Cookie: `postern=${await postern.session('ada')}` }
    const checked = await ask(session, 'service=tap&delegate_to=tap&delegate_scope=read:tap')
    expect([checked.status, checked.headers['x-ratelimit-limit']]).toEqual([200, '1000'])
    const bearer = { Authorization: `Bearer ${checked.headers['x-auth-request-token']}` }
    expect((await ask(bearer, 'scope=read:tap')).headers['x-auth-request-user']).toBe('ada')
    const others = await Promise.all(['a', 'b', 'c'].map((name) => ask(session, `delegate_to=${name}`)))
    for (const { headers } of others) {
      const other = { Authorization: `Bearer ${headers['x-auth-request-token']}` }
      expect((await ask(other, '')).headers['x-auth-request-user']).toBe('ada')
    }
    const again = await ask(session, 'delegate_to=tap&delegate_scope=read:tap')
    expect(again.headers['x-auth-request-token']).toBe(checked.headers['x-auth-request-token'])
    await postern.context.usage.flush(postern.context)

    await postern.revoke(String(checked.headers['x-auth-request-token']))
    expect((await ask(bearer, 'scope=read:tap')).status).toBe(401)
    const next = await ask(session, 'delegate_to=tap&delegate_scope=read:tap')
    expect(next.headers['x-auth-request-token']).not.toBe(checked.headers['x-auth-request-token'])
    await postern.revoke(session.Cookie.slice('postern='.length))
    expect((await ask(session, '')).status).toBe(401)
  }
  expect((await request(postern.server).get('/health')).status).toBe(200)
}

const start = (redis: RedisSite) =>
  keep(startPostern({ redisUrl: redis.url, settings: { quota: { default: { api: { tap: 1000 } } } } }))

describe('sessions and delegated tokens in Redis work', () => {
  it('in a cluster of three nodes', async () => {
    await liveThrough(await start(await keep(startRedisCluster())))
  })

  it('in a cluster of which a node is restarted: its tokens are 503 in the meantime, and then all is as before', async () => {
    const redis = await keep(startRedisCluster())
    const postern = await start(redis)
    await postern.account('ada')
    const sessions = await Promise.all(Array.from({ length: 24 }, () => postern.session('ada')))
    const statuses = () =>
      Promise.all(
        sessions.map(async (session) => {
          const asked = { ...ASKED, Cookie: `postern=${session}` }
          return (await request(postern.server).get('/ingress/auth').set(asked)).status
        }),
      )
    await redis.endOne()
    const during = await statuses()
    expect(new Set(during)).toEqual(new Set([200, 503]))
    const health = () => request(postern.server).get('/health')
    expect(await health()).toMatchObject({ status: 503, body: { status: 'unhealthy', redis: 'partly_down' } })
    await redis.startOne()
    await eventually(async () => (await health()).body.redis === 'up')
    // The node came back empty: its sessions are lost, and the others are not.
    const expected = during.map((status) => (status === 200 ? 200 : 401))
    await eventually(async () => expect(await statuses()).toEqual(expected))
    await liveThrough(postern)
  })

  it('with sentinels, also after the master has died', async () => {
    const redis = await keep(startRedisSentinels())
    const postern = await start(redis)
    await liveThrough(postern)
    const session = await postern.session('grace')
    const ask = () =>
      request(postern.server)
        .get('/ingress/auth')
        .set({ ...ASKED, Cookie: `postern=${session}` })
    expect((await ask()).status).toBe(200)
    await redis.failOver()
    // Until Postern has found the new master it says 503, and admits no request and refuses none.
    const answers = new Set<number>()
    await eventually(async () => answers.add((await ask()).status).has(200))
    expect([...answers].filter((status) => ![200, 503].includes(status))).toEqual([])
    await liveThrough(postern)
  })

  it('over TLS, with the site’s own certificate authority', async () => {
    const redis = await keep(startRedisTls())
    await liveThrough(await start({ ...redis, url: `${redis.url}?tls-ca=${redis.caFile}` }))
  })
})

describe('a user of Redis', () => {
  const directive = (rights: string) => `user postern on >open-sesame ${rights}`
  const serverFor = (rights: string) => keep(startRedisServer([directive(rights)], 'postern:open-sesame@'))

  it('with the rights of the documents, and no others, is enough', async () => {
    const documented = readFileSync(new URL('../../../deploy/docs/install.md', import.meta.url), 'utf8')
    expect(documented).toContain(NEEDED_RIGHTS)
    const { url } = await serverFor(`-@all ${NEEDED_RIGHTS}`)
    const redis = await connectRedis(new Secret(url), () => undefined)
    redis.disconnect()
    const postern = await start({ url, stop: async () => undefined })
    await liveThrough(postern)
    expect(postern.logged()).not.toMatch(/NOPERM|no permissions/i)
  })

  it.each([
    ['a command', NEEDED_RIGHTS.replace(' +eval ', ' ').replace(' +zadd', ''), 'ZADD, EVAL'],
    ['the channel', NEEDED_RIGHTS.replace('&postern:*', '&other:*'), 'PUBLISH, SUBSCRIBE'],
    ['the channels of heartbeats', NEEDED_RIGHTS.replace('&postern:*', '&postern:changes:*'), 'PUBLISH, SUBSCRIBE'],
    ['the keys', NEEDED_RIGHTS.replace('~postern:*', '~other:*'), 'SET, GET, MGET,'],
  ])('that lacks %s is told which commands are refused, and what to do', async (_what, rights, names) => {
    const { url } = await serverFor(`-@all ${rights}`)
    const refused = connectRedis(new Secret(url), () => undefined)
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Redis at 127\.0\.0\.1:\d+ refuses commands to the user postern that Postern needs: /,
      ),
      remedy: `Allow them: ACL SETUSER postern ${NEEDED_RIGHTS}`,
    })
    await expect(refused).rejects.toThrow(names)
  })
})

describe('a Redis that is of no use', () => {
  it('because it is a replica is named as such', async () => {
    const { url } = await keep(startRedisServer(['replicaof 127.0.0.1 1']))
    await expect(connectRedis(new Secret(url), () => undefined)).rejects.toMatchObject({
      message: expect.stringMatching(/is a replica, which takes no writes\.$/),
      remedy: expect.stringContaining('Name the master in REDIS_URL'),
    })
  })

  it('because TLS is not switched on there is named as such', async () => {
    const { url } = await keep(startRedisServer([]))
    await expect(connectRedis(new Secret(url.replace('redis:', 'rediss:')), () => undefined)).rejects.toMatchObject({
      message: expect.stringMatching(/does not answer/),
      remedy: expect.stringContaining('If it does not speak TLS, write redis://.'),
    })
  })
})

describe('a Redis that drops keys when its memory is full', () => {
  it.each([
    [['maxmemory 100mb', 'maxmemory-policy volatile-ttl'], 'volatile-ttl'],
    [['maxmemory 100mb', 'maxmemory-policy noeviction'], undefined],
    [['maxmemory 0', 'maxmemory-policy allkeys-lru'], undefined],
  ])('is known by %j', async (directives, policy) => {
    const { url } = await keep(startRedisServer(directives))
    const redis = await connectRedis(new Secret(url), () => undefined)
    expect(await evictionPolicy(redis)).toBe(policy)
    redis.disconnect()
  })
})

describe('Redis over TLS', () => {
  it.each([
    ['whose certificate nobody vouches for', (url: string) => url, /authority that is not trusted here/, /\?tls-ca=/],
    [
      'whose certificates cannot be read',
      (url: string) => `${url}?tls-ca=/nowhere/ca.pem`,
      /^The file \/nowhere\/ca\.pem that REDIS_URL names cannot be read \(ENOENT\)/,
      /^Correct tls-ca/,
    ],
    ['without TLS', (url: string) => url.replace('rediss:', 'redis:'), /does not answer/, /write rediss:/],
    [
      'by another name',
      (url: string, ca: string) => `${url.replace('127.0.0.1', 'localhost')}?tls-ca=${ca}`,
      /certificate for another name/,
      /^Name the host/,
    ],
    [
      'with a wrong password',
      (url: string, ca: string) => `${url.replace('sesame', 'barley')}?tls-ca=${ca}`,
      /does not accept the user default with this password/,
      /^Correct user and password/,
    ],
  ])('is not used %s', async (_what, change, sentence, remedy) => {
    const redis = await keep(startRedisTls())
    const refused = connectRedis(new Secret(change(redis.url, redis.caFile)), () => undefined)
    await expect(refused).rejects.toThrow(sentence)
    await expect(refused).rejects.toMatchObject({ remedy: expect.stringMatching(remedy) })
    await expect(refused).rejects.not.toThrow(/open-sesame/)
  })
})
