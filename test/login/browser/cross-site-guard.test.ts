import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Refusal } from '../../../server/core/access/refusal.js'
import { parseToken } from '../../../server/core/token/token.js'
import { csrfToken } from '../../../server/login/browser/csrf.js'
import { listUserTokens } from '../../../server/storage/postgres/tokens.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings: { tokenCookies: ['mast_token'] } })
})
afterAll(() => postern.stop())

/** Everything that a forged request could want: the cookie, and even the word that only our pages can read. */
async function someone(username: string) {
  const session = await postern.session(username)
  const token = parseToken(session)
  if (token instanceof Refusal) throw new Error(token.message)
  return { cookie: `__Host-postern=${session}`, csrf: csrfToken(postern.context.keys, token.key), key: token.key }
}

const state = async (username: string) => {
  const { postgres } = postern.context
  const [tokens, sessions] = await Promise.all([
    listUserTokens(postgres, username),
    listSessions(postern.context, username, postern.now()),
  ])
  return { tokens, sessions: sessions.map(({ key }) => key) }
}

const ELSEWHERE: readonly Record<string, string>[] = [
  { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
  { 'Sec-Fetch-Site': 'same-site', Origin: 'https://blog.example.org' },
  { 'Sec-Fetch-Site': 'cross-site' },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
]

describe('a page of another site', () => {
  it.each(ELSEWHERE)('makes no token through the API, and says so (%j)', async (from) => {
    const { cookie, csrf } = await someone('ada')
    const before = await state('ada')
    const make = (headers: Record<string, string>) =>
      request(postern.server)
        .post('/auth/api/v1/users/ada/tokens')
        .set({ Cookie: cookie, 'X-CSRF-Token': csrf, ...headers })
        .send({ token_name: 'forged' })
    const response = await make(from)
    expect([response.status, response.body.detail[0].type]).toEqual([403, 'cross_site'])
    expect(await state('ada')).toEqual(before)
  })

  it.each(ELSEWHERE)('ends no session and sends no form (%j)', async (from) => {
    const { cookie, csrf, key } = await someone('grace')
    const before = await state('grace')
    for (const path of ['/logout', '/auth/sessions/end-others', `/auth/sessions/${key}/end`, '/auth/tokens']) {
      const response = await request(postern.server)
        .post(path)
        .set({ Cookie: cookie, ...from })
        .type('form')
        .send({ csrf, name: 'forged', scope: 'read:tap', expires: '7d' })
      expect([response.status, response.headers['set-cookie']]).toEqual([403, undefined])
      expect(response.text).toContain('A page of another site sent this.')
    }
    expect(await state('grace')).toEqual(before)
  })

  it('does not sign a user in, even with a login form that was served to this browser', async () => {
    await postern.account('linus')
    const page = await request(postern.server).get('/login')
    const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
    const login = String(page.headers['set-cookie']).split(';')[0] ?? ''
    const send = (headers: Record<string, string>) =>
      request(postern.server)
        .post('/login')
        .set({ Cookie: login, ...headers })
        .type('form')
        .send({ csrf, username: 'linus', password: PASSWORD, rd: '' })
    expect((await send({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
    expect((await state('linus')).sessions).toEqual([])
    expect((await send({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(303)
  })

  it('uses no token that stands in a cookie of another name', async () => {
    const token = await postern.token('ada', { scopes: ['user:token'] })
    const before = await state('ada')
    const response = await request(postern.server)
      .post('/auth/api/v1/users/ada/tokens')
      .set({ Cookie: `mast_token=${token}`, 'Sec-Fetch-Site': 'cross-site' })
      .send({ token_name: 'forged' })
    expect([response.status, response.body.detail[0].type]).toEqual([403, 'cross_site'])
    expect(await state('ada')).toEqual(before)
  })
})

describe('the refusal', () => {
  const send = async (origin: string) => {
    const { cookie } = await someone('ada')
    return request(postern.server)
      .post('/auth/tokens')
      .set({ Cookie: cookie, Origin: origin, Host: 'alias.example.org' })
  }
  const lines = (origin: string) =>
    postern.logged().match(new RegExp(`"origin":"${origin}".*"msg":"Request of another origin refused"`, 'g'))

  it('names both origins, to the client and in the log: the other may be a name of the site', async () => {
    const { text } = await send('https://portal.example.org')
    expect(text).toContain(
      'A page of another site sent this. It is of https://portal.example.org, and this site is https://data.example.org.',
    )
    expect(lines('https://portal.example.org')?.[0]).toContain('"baseUrl":"https://data.example.org"')
  })

  it('is in the log once for each origin, and again after an hour', async () => {
    for (const _time of [1, 2]) await send('https://often.example.org')
    expect(lines('https://often.example.org')).toHaveLength(1)
    postern.advance(3600)
    await send('https://often.example.org')
    expect(lines('https://often.example.org')).toHaveLength(2)
  })

  it('repeats no origin that is none', async () => {
    const { status, text } = await send('<script>https://evil')
    expect([status, text]).toEqual([403, expect.not.stringContaining('evil')])
  })
})

describe('what is let through', () => {
  it.each([{ 'Sec-Fetch-Site': 'same-origin' }, { Origin: 'https://data.example.org' }, {}])(
    'our own pages (%j)',
    async (from) => {
      const { cookie, csrf } = await someone('hedy')
      const response = await request(postern.server)
        .post('/auth/api/v1/users/hedy/tokens')
        .set({ Cookie: cookie, 'X-CSRF-Token': csrf, ...(from as Record<string, string>) })
        .send({ token_name: `own ${JSON.stringify(from).length}` })
      expect(response.status).toBe(201)
    },
  )

  it('clients with a token of their own, in any page', async () => {
    const token = await postern.token('ada', { scopes: ['user:token'] })
    const response = await request(postern.server)
      .post('/auth/api/v1/users/ada/tokens')
      .set({ Authorization: `Bearer ${token}`, Origin: 'https://evil.example', Cookie: 'theme=dark' })
      .send({ token_name: 'program' })
    expect(response.status).toBe(201)
  })

  it('links from other sites', async () => {
    const { cookie } = await someone('ada')
    const page = await request(postern.server)
      .get('/auth/tokens')
      .set({ Cookie: cookie, 'Sec-Fetch-Site': 'cross-site' })
    expect(page.status).toBe(200)
  })
})
