import { afterAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Refusal } from '../../../server/core/access/refusal.js'
import { parseToken } from '../../../server/core/token/token.js'
import { settingsSchema } from '../../../server/settings/schema.js'
import { authenticate } from '../../../server/tokens/authenticate.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'

const running: RunningPostern[] = []
afterAll(() => Promise.all(running.map((each) => each.stop())))

async function site(baseUrl: string, allowSubdomains = false): Promise<RunningPostern> {
  const postern = await startPostern({ baseUrl, settings: { allowSubdomains } })
  running.push(postern)
  return postern
}

/** Signs in, and answers each cookie line of the answer. */
async function signIn(postern: RunningPostern, username = 'ada', cookie = ''): Promise<string[]> {
  await postern.account(username)
  const page = await request(postern.server).get('/login')
  const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
  const login = String(page.headers['set-cookie']).split(';')[0]
  const { headers } = await request(postern.server)
    .post('/login')
    .set('Cookie', `${login}; ${cookie}`)
    .type('form')
    .send({ csrf, username, password: PASSWORD, rd: '' })
  return headers['set-cookie'] as unknown as string[]
}

const written = (lines: string[]) => lines.filter((line) => line.includes('=gt-'))
const cleared = (lines: string[]) => lines.filter((line) => /postern=;/.test(line)).map((line) => line.split('; E')[0])
const pairOf = (line: string | undefined) => line?.split(';')[0] ?? ''
const tokenIn = (line: string | undefined) => {
  const token = parseToken(pairOf(line).split('=')[1] ?? '')
  if (token instanceof Refusal) throw new Error(token.message)
  return token
}

describe('the session cookie', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['https://data.example.org', false, /^__Host-postern=gt-[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/],
    ['https://data.example.org', true,  /^postern=gt-[^;]+; Domain=data\.example\.org; Path=\/; HttpOnly; Secure; SameSite=Lax$/],
    ['http://127.0.0.1:8080',    false, /^postern=gt-[^;]+; Path=\/; HttpOnly; SameSite=Lax$/],
  ])('of %s, shared below: %s, is one that browsers guard as far as they can', async (baseUrl, below, form) => {
    const lines = await signIn(await site(baseUrl, below))
    expect(written(lines)).toEqual([expect.stringMatching(form)])
    expect(lines.at(-1)).toMatch(form)
  })

  // biome-ignore format: a table reads in columns
  it.each([
    ['https://data.example.org', false, ['postern=; Path=/', 'postern=; Domain=data.example.org; Path=/']],
    ['https://data.example.org', true,  ['__Host-postern=; Path=/', 'postern=; Path=/']],
    ['http://127.0.0.1:8080',    false, ['postern=; Domain=127.0.0.1; Path=/']],
  ])('of %s, shared below: %s, takes the place of those of other configurations', async (baseUrl, below, others) => {
    const postern = await site(baseUrl, below)
    const lines = await signIn(postern)
    expect(cleared(lines)).toEqual(others)
    const cookie = pairOf(written(lines)[0])
    const page = await request(postern.server).get('/logout').set('Cookie', cookie)
    const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
    const out = await request(postern.server).post('/logout').set('Cookie', cookie).type('form').send({ csrf })
    const own = cookie.split('=')[0]
    const all = cleared(out.headers['set-cookie'] as unknown as string[])
    expect(all.slice(0, -1)).toEqual(others)
    expect(all.at(-1)).toMatch(new RegExp(`^${own}=; (?:Domain=data.example.org; )?Path=/$`))
  })

  it('that another host of the domain has planted is ignored: not on pages, not in the API, not in a check', async () => {
    const postern = await site('https://data.example.org')
    const planted = pairOf(written(await signIn(postern, 'mallory'))[0]).replace('__Host-', '')
    const get = (path: string) =>
      request(postern.server)
        .get(path)
        .set({ Cookie: planted, ...ASKED })
    expect((await get('/auth/tokens')).headers.location).toMatch(/^\/login\?/)
    expect((await get('/auth/api/v1/user-info')).status).toBe(401)
    const check = await get('/ingress/auth?scope=read:tap')
    expect([check.status, check.headers['x-auth-request-user']]).toEqual([401, undefined])
  })

  it('that was planted does not end, and is not put before, the one that its owner has', async () => {
    const postern = await site('https://data.example.org')
    const [mallory] = written(await signIn(postern, 'mallory'))
    const planted = pairOf(mallory).replace('__Host-', '')
    const [ada] = written(await signIn(postern, 'ada', planted))
    const cookie = `${planted}; ${pairOf(ada)}; ${planted}`
    const check = await request(postern.server)
      .get('/ingress/auth?scope=read:tap')
      .set({ Cookie: cookie, ...ASKED })
    expect(check.headers['x-auth-request-user']).toBe('ada')
    expect(check.headers.cookie).toBeUndefined()
    expect(await authenticate(postern.context, tokenIn(mallory))).toBeDefined()
  })
})

it.each(['postern', '__Host-postern', '__host-postern', 'postern-login'])(
  'A site cannot undo this by taking tokens from a cookie named %s',
  (name) => {
    const { success, error } = settingsSchema.safeParse({ tokenCookies: [name] })
    const sentence = 'must not be a name of Postern’s own cookies: another one, such as mast_token'
    expect([success, error?.issues[0]?.message]).toEqual([false, sentence])
  },
)
