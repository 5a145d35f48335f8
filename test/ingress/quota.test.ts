import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import request from 'supertest'
import { QUOTA_OVERRIDES } from '../../server/storage/cache/topic.js'
import { kept } from '../support/clients/kept.js'
import { eventually } from '../support/eventually.js'
import { byEachParser } from '../support/parsers.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { startRelay } from '../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

byEachParser((checkParser) => {
  const QUOTA = {
    default: { api: { tap: 5, blocked: 0 } },
    groups: { science: { api: { tap: 3 } } },
    bypass: ['operators'],
  }

  const OVERRIDES = '/auth/api/v1/quota-overrides'

  let postern: RunningPostern
  let replica: RunningPostern

  beforeAll(async () => {
    const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis() }
    postern = await startPostern({ ...stores, settings: { checkParser, quota: QUOTA } })
    replica = await startPostern({ ...stores, settings: { checkParser, quota: QUOTA } })
  })
  afterAll(async () => {
    await replica.stop()
    await postern.stop()
  })

  const ask = (service: string, token: string, where = postern) =>
    kept(where.server)
      .get(`/ingress/auth?service=${service}`)
      .set({ ...ASKED, Authorization: `Bearer ${token}` })
  /** Sets the overrides in one process, as an administrator does; undefined: deletes them. */
  const override = async (body: object | undefined) => {
    const authorization = `Bearer ${await postern.token('root', { scopes: ['admin:token'] })}`
    const call = body ? request(postern.server).put(OVERRIDES).send(body) : request(postern.server).delete(OVERRIDES)
    expect((await call.set('Authorization', authorization)).ok).toBe(true)
  }
  const times = async (count: number, service: string, token: string) =>
    Promise.all(Array.from({ length: count }, (_, index) => ask(service, token, index % 2 ? postern : replica)))

  describe('a quota', () => {
    it('lets exactly so many requests a minute pass, over all replicas together', async () => {
      const answers = await times(20, 'tap', await postern.token('ada'))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
      expect(answers.filter(({ status }) => status === 403)).toHaveLength(15)
    })

    it('says how much is left, and when there will be more', async () => {
      const token = await postern.token('grace')
      const first = await ask('tap', token)
      expect(first.headers).toMatchObject({
        'x-ratelimit-limit': '5',
        'x-ratelimit-used': '1',
        'x-ratelimit-remaining': '4',
        'x-ratelimit-resource': 'tap',
      })
      const reset = Number(first.headers['x-ratelimit-reset'])
      expect(reset - postern.now()).toBeGreaterThan(50)
      expect(reset - postern.now()).toBeLessThanOrEqual(60)
      await times(4, 'tap', token)
      const over = await ask('tap', token)
      expect(over.status).toBe(403)
      expect(over.headers).toMatchObject({
        'x-error-status': '429',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-used': '5',
      })
      expect(Date.parse(String(over.headers['retry-after']))).toBeGreaterThanOrEqual(reset * 1000 - 2000)
      expect(over.headers['retry-after']).toMatch(/ GMT$/)
      expect(over.headers['www-authenticate']).toBeUndefined()
      expect(JSON.parse(String(over.headers['x-error-body']))).toEqual({
        detail: [{ type: 'rate_limited', msg: 'Rate limit (5/minute) exceeded' }],
      })
      const direct = await request(postern.server)
        .get('/ingress/forward?service=tap')
        .set('Authorization', `Bearer ${token}`)
      expect(direct.status).toBe(429)
    })

    it('counts each user by themselves, and each service', async () => {
      await times(5, 'tap', await postern.token('one'))
      expect((await ask('tap', await postern.token('two'))).status).toBe(200)
      expect((await ask('other', await postern.token('one'))).headers['x-ratelimit-limit']).toBeUndefined()
    })

    it('grows with groups, and is none for those who bypass it', async () => {
      await postern.account('scientist', ['users', 'science'])
      expect((await ask('tap', await postern.token('scientist'))).headers['x-ratelimit-limit']).toBe('8')
      await postern.account('operator', ['users', 'operators'])
      expect((await ask('tap', await postern.session('operator'))).headers['x-ratelimit-limit']).toBeUndefined()
      expect((await ask('tap', await postern.session('scientist'))).headers['x-ratelimit-limit']).toBe('8')
    })

    it('counts what a service asks in a user’s name as the user’s', async () => {
      const token = await postern.token('delegator')
      const response = await request(postern.server)
        .get('/ingress/auth?delegate_to=portal')
        .set({ ...ASKED, Authorization: `Bearer ${token}` })
      await ask('tap', token)
      expect((await ask('tap', String(response.headers['x-auth-request-token']))).headers['x-ratelimit-used']).toBe('2')
    })

    it('of 0 is a block, and no matter of waiting', async () => {
      const response = await ask('blocked', await postern.token('ada'))
      const sentence = 'User ada not allowed to access service blocked'
      expect(response.headers['www-authenticate']).toContain(`error_description="${sentence}"`)
      expect(JSON.parse(String(response.headers['x-error-body']))).toEqual({
        detail: [{ type: 'insufficient_scope', msg: sentence }],
      })
      expect(response.status).toBe(403)
      expect(response.headers['x-error-status']).toBe('403')
      expect(response.headers['www-authenticate']).toContain('error="insufficient_scope"')
      expect(response.headers['retry-after']).toBeUndefined()
    })

    it('that is overridden holds in every process, also for users who had none, until it is taken back', async () => {
      const token = await postern.token('overridden')
      const limits = async (service: string) => [
        (await ask(service, token, replica)).headers['x-ratelimit-limit'],
        (await ask(service, token, postern)).headers['x-ratelimit-limit'],
      ]
      expect(await limits('tap')).toEqual(['5', '5'])
      expect(await limits('free')).toEqual([undefined, undefined])
      await override({ default: { api: { tap: 9, free: 2 } } })
      await eventually(async () => expect(await limits('tap')).toEqual(['9', '9']))
      await eventually(async () => expect(await limits('free')).toEqual(['2', '2']))
      await override({ default: { api: { free: 0 } } })
      await eventually(async () => expect((await ask('free', token, replica)).status).toBe(403))
      expect((await ask('free', token)).status).toBe(403)
      await override(undefined)
      await eventually(async () => expect(await limits('free')).toEqual([undefined, undefined]))
    })

    it('is read once for many requests, until a change of it is announced', async () => {
      const token = await postern.token('many')
      await override({ default: { api: { tap: 9 } } })
      await ask('tap', token)
      const spy = jest.spyOn(postern.context.redis, 'get')
      // The invalidation channel reads a key of its own, four times a second.
      const reads = () => spy.mock.calls.filter(([key]) => key === 'postern:quota-overrides').length
      await times(6, 'tap', token)
      expect(reads()).toBe(0)
      await override({ default: { api: { tap: 8 } } })
      spy.mockClear()
      await ask('tap', token)
      expect(reads()).toBe(1)
      spy.mockRestore()
      await override(undefined)
    })

    it('counts the first request after a change of the overrides once, too', async () => {
      await override({ default: { api: { tap: 1 } } })
      await ask('tap', await postern.token('before'))
      await override({ default: { api: { tap: 1 }, disk: { '/x': 1 } } })
      const first = await ask('tap', await postern.token('after'))
      expect([first.status, first.headers['x-ratelimit-used']]).toEqual([200, '1'])
      await override(undefined)
    })

    it('that is overridden by something that cannot be read is what the configuration says', async () => {
      const token = await postern.token('garbled')
      for (const garbled of ['{', '{"default":{"api":{"tap":"many"}}}']) {
        await postern.context.redis.set('postern:quota-overrides', garbled)
        await postern.context.invalidations.publish([QUOTA_OVERRIDES])
        expect((await ask('tap', token)).headers['x-ratelimit-limit']).toBe('5')
      }
      expect(postern.logged()).toContain('Invalid quota overrides ignored')
      const info = await request(postern.server).get('/auth/api/v1/user-info').set('Authorization', `Bearer ${token}`)
      expect(info.body.quota.api).toEqual(QUOTA.default.api)
      await override({ default: { api: { tap: 7 } } })
      expect((await ask('tap', token)).headers['x-ratelimit-limit']).toBe('7')
      await override(undefined)
    })

    it('holds for members of groups that are called like what every object has', async () => {
      await postern.account('odd', ['users', 'constructor', 'hasOwnProperty'])
      expect((await ask('tap', await postern.token('odd'))).headers['x-ratelimit-limit']).toBe('5')
      expect((await ask('toString', await postern.token('odd'))).headers['x-ratelimit-limit']).toBeUndefined()
    })

    it('stops no user while Redis is down, and is counted again afterwards', async () => {
      const relay = await startRelay(await freshRedis())
      const site = await startPostern({ redisUrl: relay.url, settings: { quota: { default: { api: { tap: 1 } } } } })
      const token = await site.token('ada')
      await relay.cut()
      for (let count = 0; count < 3; count++) {
        const response = await ask('tap', token, site)
        expect([response.status, response.headers['x-ratelimit-limit']]).toEqual([200, undefined])
      }
      expect(site.logged()).toContain('Redis unavailable, quota not enforced')
      await relay.mend()
      await site.stop()
      await relay.stop()
    })
  })
})
