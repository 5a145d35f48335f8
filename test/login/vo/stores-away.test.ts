import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { listTokens } from '../../../server/tokens/list.js'
import { eventually } from '../../support/eventually.js'
import { PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'

let database: Relay
let redis: Relay
let postern: RunningPostern
let token: string

beforeAll(async () => {
  database = await startRelay(await freshDatabase())
  redis = await startRelay(await freshRedis())
  const settings = { voLogin: { cookie: true, bearer: true } }
  postern = await startPostern({ databaseUrl: database.url, redisUrl: redis.url, settings })
  token = await postern.token('ada')
})
afterAll(async () => {
  await postern.stop()
  await Promise.all([database.stop(), redis.stop()])
})

const logIn = (username: string, password: string) =>
  request(postern.server).post('/auth/vo/login').type('form').send({ username, password })

describe.each([
  ['PostgreSQL', () => database],
  ['Redis', () => redis],
])('while %s is away', (_store, relay) => {
  it.each([
    ['a password', () => logIn('ada', PASSWORD)],
    ['a token', () => logIn('x-oauth-basic', token)],
  ])('a VO login with %s gets a sentence and no token, and works afterwards', async (_what, attempt) => {
    const before = await listTokens(postern.context, 'ada')
    await relay().cut()
    const refused = await attempt()
    expect([refused.status, refused.body.detail[0].type]).toEqual([503, 'store_unavailable'])
    expect([refused.headers['x-vo-bearer'], refused.headers['set-cookie']]).toEqual([undefined, undefined])
    await relay().mend()
    await eventually(async () => expect(await listTokens(postern.context, 'ada')).toEqual(before))
    await eventually(async () => expect((await attempt()).headers['x-vo-bearer']).toMatch(/^gt-/))
  })
})
