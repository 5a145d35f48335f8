import { afterAll, beforeAll, expect, it } from '@jest/globals'
import supertest from 'supertest'
import { request } from '../../support/documented.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { bearer, keyOf } from '../support/callers.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ settings: { delegatedTokensCreate: true } })
})
afterAll(() => postern.stop())

it('With delegatedTokensCreate a notebook makes tokens, which end with it and name it as their maker', async () => {
  const check = await supertest(postern.server)
    .get('/ingress/auth?notebook=true')
    .set({ ...ASKED, ...bearer(await postern.session('ada')) })
  const notebook = String(check.headers['x-auth-request-token'])
  const { body: info } = await request(postern.server).get('/auth/api/v1/token-info').set(bearer(notebook))
  const made = await request(postern.server)
    .post('/auth/api/v1/users/ada/tokens')
    .set(bearer(notebook))
    .send({ token_name: 'from a notebook', scopes: ['read:tap'] })
  expect(made.status).toBe(201)
  const key = keyOf(made.body.token)
  const row = await postern.context.postgres.prisma.token.findUniqueOrThrow({ where: { key } })
  expect([row.makers, row.expires?.getTime()]).toEqual([[keyOf(notebook)], info.expires * 1000])
})
