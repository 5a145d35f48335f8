import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { DAY } from '../../../server/core/time.js'
import { about } from '../../support/about.js'
import { request } from '../../support/documented.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { keyOf } from '../support/callers.js'

let postern: RunningPostern
let admin: string
let number = 0

beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org' })
  admin = await postern.token('root', { scopes: ['admin:token'] })
})
afterAll(() => postern.stop())

const api = (method: 'get' | 'post' | 'delete' | 'patch', path: string, body?: object, token = admin) =>
  request(postern.server)[method](`/auth/api/v1${path}`).set('Authorization', `Bearer ${token}`).send(body)
const check = async (token: string) =>
  (
    await request(postern.server)
      .get('/ingress/auth?scope=read:tap')
      .set({ ...ASKED, Authorization: `Bearer ${token}` })
  ).status

async function target() {
  const username = `ada-${++number}`
  const token = await postern.token(username, { name: 'topcat' })
  return { username, token, path: `/users/${username}/tokens/${keyOf(token)}` }
}

describe('the suspension of a token', () => {
  it('refuses it, is seen where tokens are read, and is lifted', async () => {
    const { username, token, path } = await target()
    const { status, body } = await api('post', `${path}/suspension`, { reason: 'a leaked laptop' })
    expect([status, body]).toEqual([
      200,
      {
        token: keyOf(token),
        username,
        suspended: about(postern.now()),
        suspended_until: about(postern.now() + DAY),
        actor: 'root',
        reason: 'a leaked laptop',
      },
    ])
    expect(await check(token)).toBe(401)
    const until = { suspended_until: body.suspended_until }
    expect((await api('get', path)).body).toMatchObject(until)
    expect((await api('get', `/users/${username}/tokens`)).body).toMatchObject([until])
    expect((await api('delete', `${path}/suspension?reason=found`)).status).toBe(204)
    expect(await check(token)).toBe(200)
    expect((await api('get', path)).body).not.toHaveProperty('suspended_until')
    expect((await api('delete', `${path}/suspension`)).status).toBe(404)
  })

  it('leaves the history of Gafaelfawr’s clients with the changes that they know', async () => {
    const { path } = await target()
    await api('post', `${path}/suspension`, { reason: 'x' })
    await api('delete', `${path}/suspension`)
    const { body } = await api('get', `${path}/change-history`)
    expect(body.map(({ action }: { action: string }) => action)).toEqual(['create'])
  })

  it('keeps its beginning when it is asked for again', async () => {
    const { path } = await target()
    const first = await api('post', `${path}/suspension`, { reason: 'first' })
    postern.advance(60)
    const second = await api('post', `${path}/suspension`, { reason: 'second' })
    postern.advance(-60)
    expect(second.body).toEqual(first.body)
  })

  it('can no longer be lifted after a day', async () => {
    const { path, token } = await target()
    await api('post', `${path}/suspension`, { reason: 'x' })
    postern.advance(DAY)
    const late = await api('delete', `${path}/suspension`)
    expect(await check(token)).toBe(401)
    postern.advance(-DAY)
    expect([late.status, late.body.detail[0].type]).toEqual([409, 'suspension_over'])
    expect((await api('get', path)).body).toHaveProperty('suspended_until')
  })

  it('keeps the token from being rotated and edited', async () => {
    const { path } = await target()
    await api('post', `${path}/suspension`, { reason: 'x' })
    const before = await postern.context.postgres.prisma.token.findMany()
    const rotated = await api('post', `${path}/rotate`, { overlap: 60 })
    const edited = await api('patch', path, { token_name: 'other' })
    for (const { status, body } of [rotated, edited])
      expect([status, body.detail[0].type]).toEqual([409, 'token_suspended'])
    expect(await postern.context.postgres.prisma.token.findMany()).toEqual(before)
  })

  it.each([
    ['a token that is not there', 'AAAAAAAAAAAAAAAAAAAAAA', { reason: 'x' }, 404],
    ['no reason', undefined, {}, 422],
    ['an empty reason', undefined, { reason: '' }, 422],
    ['a blank reason', undefined, { reason: ' ' }, 422],
  ])('is not begun with %s', async (_what, key, body, status) => {
    const { username, token, path } = await target()
    const address = key === undefined ? path : `/users/${username}/tokens/${key}`
    expect((await api('post', `${address}/suspension`, body)).status).toBe(status)
    expect(await check(token)).toBe(200)
    expect(await postern.context.postgres.prisma.tokenSuspension.count({ where: { username } })).toBe(0)
  })
})
