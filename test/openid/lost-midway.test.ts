import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request, { type Response } from 'supertest'
import { signedIn } from '../support/clients/visitor.js'
import { eventually } from '../support/eventually.js'
import type { RunningPostern } from '../support/postern.js'
import { goAwayAfter, type Lost } from './support/lost-redis.js'
import { agreeTo, type RelyingParty, register, startProvider } from './support/relying-party.js'
import { approvedDevice, LASTING, redeemable } from './support/token-requests.js'

let postern: RunningPostern
let own: RelyingParty
let foreign: RelyingParty

beforeAll(async () => {
  postern = await startProvider({ settings: { deviceLogin: { enabled: true } } })
  own = await register(postern)
  foreign = await register(postern, { isOwnSite: false })
})
afterAll(() => postern.stop())

type Ask = () => PromiseLike<Response>

const ask = (fields: object) => request(postern.server).post('/auth/openid/token').type('form').send(fields)
const isValid = async (token: string) => {
  const info = request(postern.server).get('/auth/api/v1/token-info')
  return (await info.set('Authorization', `Bearer ${token}`)).status === 200
}

/** Requests that use something up, each ready to be sent. */
const ready = {
  token: async (): Promise<Ask> => {
    const code = await redeemable(own, await signedIn(postern, 'ada'))
    return () => ask(code).auth(own.id, own.secret)
  },
  refresh: async (): Promise<Ask> => {
    const { refresh_token } = await agreeTo(foreign, await signedIn(postern, 'ada'), LASTING)
    return () => ask({ grant_type: 'refresh_token', refresh_token }).auth(foreign.id, foreign.secret)
  },
  device: async (): Promise<Ask> => {
    const polling = await approvedDevice(postern, await signedIn(postern, 'ada'))
    return () => ask(polling)
  },
}

describe.each(['token', 'refresh', 'device'] as const)(
  'when PostgreSQL goes away in the midst of a request (%s)',
  (name) => {
    it('it gives nothing, the second try is no replay, and the third is', async () => {
      const send = await ready[name]()
      const { postgres } = postern.context
      const { transaction } = postgres
      Object.assign(postgres, { transaction: () => Promise.reject(new Error('Connection terminated')) })
      const failed = await send()
      Object.assign(postgres, { transaction })
      expect([failed.status, failed.body.error]).toEqual([503, 'temporarily_unavailable'])
      const { status, body } = await send()
      expect([status, await isValid(body.access_token)]).toEqual([200, true])
      expect((await send()).body.error).toBe('invalid_grant')
      // A device that polls once more has not been robbed.
      expect(await isValid(body.access_token)).toBe(name === 'device')
    })
  },
)

describe.each<[string, Lost]>([
  ['goes away', 'question'],
  ['goes away before it has answered', 'answer'],
])('when Redis %s in the midst of a request', (_what, lost) => {
  it.each(['token', 'refresh', 'device'] as const)(
    'it gives nothing, and what it had used up is there for the second try (%s)',
    async (name) => {
      const failures: unknown[] = []
      for (let commands = 0; ; commands++) {
        await forgetTries()
        const send = await ready[name]()
        const used = await marks()
        const comeBack = goAwayAfter(postern.context.redis, commands, lost)
        const first = await send()
        comeBack()
        if (first.status === 200) break
        failures.push([first.status, first.body.error])
        // The client waits for some seconds.
        await eventually(async () => expect((await marks()).filter((each) => !used.includes(each))).toEqual([]))
        const { status, body } = await send()
        expect([commands, status, body.error, await isValid(body.access_token)]).toEqual([
          commands,
          200,
          undefined,
          true,
        ])
      }
      expect(failures.length).toBeGreaterThan(3)
      expect(failures).toEqual(failures.map(() => [503, 'temporarily_unavailable']))
    },
    600_000,
  )
})

/** Lets as many devices ask as if none had. */
async function forgetTries(): Promise<void> {
  const tries = await postern.context.redis.keys('postern:device:*')
  await Promise.all(tries.map((each) => postern.context.redis.del(each)))
}

/** What has been used up. */
function marks(): Promise<string[]> {
  return postern.context.redis.keys('postern:openid-used:*')
}
