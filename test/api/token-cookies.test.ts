import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Refusal } from '../../server/core/access/refusal.js'
import { parseToken } from '../../server/core/token/token.js'
import { csrfToken } from '../../server/login/browser/csrf.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern
let token: string
let word: string

beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings: { tokenCookies: ['mast_token'] } })
  token = await postern.token('ada', { name: 'mine', scopes: ['read:tap', 'user:token'] })
  const parsed = parseToken(token)
  if (parsed instanceof Refusal) throw new Error(parsed.message)
  word = csrfToken(postern.context.keys, parsed.key)
})
afterAll(() => postern.stop())

const names = async () => {
  const { body } = await request(postern.server)
    .get('/auth/api/v1/users/ada/tokens')
    .set('Authorization', `Bearer ${token}`)
  return (body as { token_name: string }[]).map((each) => each.token_name)
}

/* A browser sends the cookie by itself, and a host beside the site can plant one. */
describe('A cookie that carries a token is no credential of the API', () => {
  // biome-ignore format: a table reads in columns
  const CALLS = [
    ['post',   '/users/ada/tokens', { token_name: 'planted', scopes: ['read:tap'] }],
    ['delete', '/users/ada/tokens/KEY', undefined],
    ['patch',  '/users/ada/tokens/KEY', { token_name: 'renamed' }],
    ['get',    '/users/ada/tokens', undefined],
    ['get',    '/token-info', undefined],
    ['get',    '/login', undefined],
  ] as const

  it.each(CALLS)(
    '%s %s is refused, with the CSRF token or without, and nothing is changed',
    async (method, path, body) => {
      for (const headers of [
        {},
        { 'X-CSRF-Token': word },
        { Origin: 'https://data.example.org', 'X-CSRF-Token': word },
      ]) {
        const call = request(postern.server)[method](`/auth/api/v1${path.replace('KEY', token.slice(3, 25))}`)
        const { status } = await call.set({ ...headers, Cookie: `mast_token=${token}` }).send(body)
        expect(status).toBe(401)
      }
      expect(await names()).toEqual(['mine'])
    },
  )

  it('/auth/gms is refused, too', async () => {
    expect((await request(postern.server).get('/auth/gms').set('Cookie', `mast_token=${token}`)).status).toBe(401)
  })
})
