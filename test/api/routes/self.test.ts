import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../../server/core/token/secret.js'
import { addAccount } from '../../../server/people/add-account.js'
import { request } from '../../support/documented.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org' })
  const groups = [
    { name: 'g_science', gid: 2001 },
    { name: 'users', gid: 2000 },
  ]
  const account = {
    username: 'ada',
    password: new Secret('a good password'),
    name: 'Ada Lovelace',
    email: 'ada@example.org',
  }
  await addAccount(postern.context, { ...account, uid: 4123, gid: 4123, groups })
})
afterAll(() => postern.stop())

const get = (path: string, headers: Record<string, string> = {}) =>
  request(postern.server).get(`/auth/api/v1${path}`).set(headers)
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

describe('token-info', () => {
  it('says what a user token is, in whole epoch seconds, leaving out what does not apply', async () => {
    const expires = postern.now() + 3600
    const token = await postern.token('ada', { name: 'topcat', scopes: ['read:tap', 'read:image'], expires })
    const response = await get('/token-info', bearer(token))
    expect(response.status).toBe(200)
    expect(response.headers['cache-control']).toContain('no-store')
    expect(response.body).toEqual({
      token: token.slice(3, 25),
      username: 'ada',
      token_type: 'user',
      token_name: 'topcat',
      scopes: ['read:image', 'read:tap'],
      created: expect.any(Number),
      expires,
    })
    expect(JSON.stringify(response.body)).not.toContain(token.slice(26))
  })

  it('says when a token was last used, once that has been written', async () => {
    const [token, session] = [await postern.token('ada'), await postern.session('ada')]
    for (const each of [token, session]) await get('/token-info', bearer(each))
    await postern.context.usage.flush(postern.context)
    for (const each of [token, session]) {
      expect((await get('/token-info', bearer(each))).body.last_used).toBeGreaterThan(1_700_000_000)
    }
  })

  it('answers for the session cookie', async () => {
    const session = await postern.session('ada')
    const { body } = await get('/token-info', { Cookie: `__Host-postern=${session}` })
    expect(body).toMatchObject({ token_type: 'session', username: 'ada', token: session.slice(3, 25) })
    expect(body.expires - body.created).toBe(30 * 86_400)
  })
})

describe('when somebody is no longer in a group', () => {
  it('a token says of itself what it may do now, and lists say what it was made with', async () => {
    await postern.account('grace', ['users', 'admins'])
    const session = await postern.session('grace')
    const { csrf } = (await get('/login', { Cookie: `__Host-postern=${session}` })).body
    const { body: made } = await request(postern.server)
      .post('/auth/api/v1/users/grace/tokens')
      .set({ Cookie: `__Host-postern=${session}`, 'X-CSRF-Token': csrf })
      .send({ token_name: 'housekeeping', scopes: ['exec:admin', 'read:tap'] })
    await postern.context.postgres.prisma.groupMember.deleteMany({ where: { username: 'grace', group: 'admins' } })
    expect((await get('/token-info', bearer(made.token))).body.scopes).toEqual(['read:tap'])
    const { body: listed } = await get('/users/grace/tokens', { Cookie: `__Host-postern=${session}` })
    const housekeeping = listed.find((each: { token_name?: string }) => each.token_name === 'housekeeping')
    expect(housekeeping.scopes).toEqual(['exec:admin', 'read:tap'])
  })
})

describe('user-info', () => {
  it('says who somebody is, with groups by name', async () => {
    expect((await get('/user-info', bearer(await postern.token('ada')))).body).toEqual({
      username: 'ada',
      name: 'Ada Lovelace',
      email: 'ada@example.org',
      uid: 4123,
      gid: 4123,
      groups: [
        { name: 'g_science', id: 2001 },
        { name: 'users', id: 2000 },
      ],
    })
  })
})

describe('the API', () => {
  it.each(['/token-info', '/user-info'])('%s tells nothing to whoever has no valid token', async (path) => {
    const bare = await get(path)
    expect([bare.status, bare.body]).toEqual([
      401,
      { detail: { msg: 'Authentication required', type: 'no_authorization' } },
    ])
    expect(bare.headers['www-authenticate']).toBe('Bearer realm="data.example.org"')
    const bad = await get(path, bearer(`gt-${'A'.repeat(22)}.${'A'.repeat(22)}`))
    expect([bad.status, bad.body]).toEqual([401, { detail: [{ msg: 'Token is not valid', type: 'invalid_token' }] }])
    const malformed = await get(path, { Authorization: 'Digest x' })
    expect([malformed.status, malformed.headers['x-error-status']]).toEqual([403, '400'])
    expect(malformed.body.detail[0].type).toBe('invalid_request')
  })

  it('names what it has not, and which method it wants', async () => {
    const missing = await get('/nowhere')
    expect([missing.status, missing.body]).toEqual([404, { detail: 'Not Found' }])
    const wrong = await request(postern.server).delete('/auth/api/v1/token-info')
    expect([wrong.status, wrong.body, wrong.headers.allow]).toEqual([405, { detail: 'Method Not Allowed' }, 'GET'])
  })
})
