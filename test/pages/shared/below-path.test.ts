import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Response } from 'supertest'
import { chainEvents } from '../../../server/operate/jobs/audit.js'
import { DEFAULT_GROUP_MAPPING } from '../../../server/settings/rubin.js'
import { Visitor } from '../../support/clients/visitor.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'
import { ARCHIVE_SETTINGS, load } from '../../support/stores/archive.js'
import { TOKEN } from '../support/site.js'

const HOST = 'http://localhost:8080'
const SITE = `${HOST}/postern`
const BASE = '/postern'
const HTML = { Accept: 'text/html' }
const STALE = 15 * 60 + 1

let postern: RunningPostern
let root: Visitor

beforeAll(async () => {
  const limits = { historyPage: 2 }
  const settings = { ...ARCHIVE_SETTINGS, groupMapping: DEFAULT_GROUP_MAPPING, limits }
  postern = await startPostern({ baseUrl: `${SITE}/`, settings })
  await load(postern, { id: 'P-1', title: 'Deep', public: false, investigators: [{ username: 'root', role: 'pi' }] })
  await postern.account('root', ['users', 'admins'])
  for (const name of ['one', 'two', 'three']) await postern.token('root', { name })
  await chainEvents(postern.context)
  root = await enter('root')
})
afterAll(() => postern.stop())

/** A browser whose user has typed the password into the form. */
async function enter(username: string, rd = ''): Promise<Visitor & { readonly entered: Response }> {
  await postern.account(username)
  const visitor = new Visitor(postern)
  await visitor.get(`${BASE}/login`)
  const entered = await visitor.post(`${BASE}/login`, { username, password: PASSWORD, rd })
  return Object.assign(visitor, { entered })
}

const unescaped = (text: string) =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replaceAll('&amp;', '&')

const found = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].map(([, value = '']) => unescaped(value))

/** What a page leads to: the addresses that a browser asks for with GET, and those that it sends forms to. */
function leadsOf(html: string): { gets: string[]; posts: string[] } {
  const linked = found(html, /<(?:a|link)\s[^>]*href="([^"#][^"]*)"/g)
  const loaded = found(html, /<(?:script|img)\s[^>]*src="([^"]*)"/g)
  const searched = found(html, /<form action="([^"]*)" method="get"/g)
  return { gets: [...linked, ...loaded, ...searched], posts: found(html, /<form method="post" action="([^"]*)"/g) }
}

/** Follows whatever the pages lead to from an address on, and sends each form once, without its CSRF token. */
async function crawl(visitor: Visitor): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  const waiting = [{ path: `${BASE}/`, post: false }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { path, post } = next
    const name = `${post ? 'POST' : 'GET'} ${path.replace(/[?#].*/, '')}`
    if (seen.has(name)) continue
    const agent = visitor.agent
    const {
      status,
      headers,
      text = '',
    } = post ? await agent.post(path).type('form').send({ csrf: 'none' }) : await agent.get(path).set(HTML)
    seen.set(name, status)
    const { gets, posts } = headers['content-type']?.startsWith('text/html') ? leadsOf(text) : { gets: [], posts: [] }
    const onward = headers.location === undefined ? [] : [String(headers.location).replace(HOST, '')]
    waiting.push(...[...gets, ...onward].map((each) => ({ path: each, post: false })))
    waiting.push(...posts.map((each) => ({ path: each, post: true })))
  }
  return seen
}

describe('A crawl of the pages of a site whose base URL has a path', () => {
  it.each([
    ['without a session', async () => new Visitor(postern), ['GET /postern/login', 'POST /postern/login']],
    [
      'as an administrator and investigator',
      async () => root,
      ['GET /postern/auth/admin/history', 'POST /postern/auth/programs/P-1/grants', 'GET /postern/auth/passkeys/new'],
    ],
  ])('%s finds each page and form below it, and no other', async (_who, visitor, expected) => {
    const seen = await crawl(await visitor())
    const names = [...seen.keys()]
    expect(names.filter((name) => !name.startsWith('GET /postern/') && !name.startsWith('POST /postern/'))).toEqual([])
    expect([...seen].filter(([, status]) => status === 404 || status === 405 || status >= 500)).toEqual([])
    expect(names).toEqual(expect.arrayContaining([...expected, 'GET /postern/auth/docs', 'POST /postern/auth/leaked']))
    expect(names.some((name) => /^GET \/postern\/auth\/static\/style\./.test(name))).toBe(true)
  })
})

describe('Below a path', () => {
  it('signing in leads to the tokens; only what is for the pages alone is bound to the path', async () => {
    const { headers, status } = (await enter('ada')).entered
    expect([status, headers.location]).toEqual([303, `${SITE}/auth/tokens`])
    const cookies = (headers['set-cookie'] as unknown as string[]).map((line) => line.replace(/=[^;]*/, ''))
    expect(cookies.filter((line) => line.startsWith('postern;') && !line.includes('Expires'))).toEqual([
      // Services beside the pages are asked about with it.
      'postern; Path=/; HttpOnly; SameSite=Lax',
    ])
    expect(cookies.find((line) => line.startsWith('postern-device;'))).toMatch(/; Path=\/postern\/login;/)
    expect(cookies.find((line) => line.startsWith('postern-kept;'))).toMatch(/; Path=\/postern\/logout;/)
  })

  it.each([
    ['/portal/stars?a=1', `${HOST}/portal/stars?a=1`],
    [`${HOST}/`, `${HOST}/`],
    [`${SITE}/auth/docs`, `${SITE}/auth/docs`],
  ])('signing in goes on to any address of the host: %s', async (rd, location) => {
    expect((await enter('ada', rd)).entered.headers.location).toBe(location)
  })

  it.each(['https://evil.example/postern/', '//evil.example/postern/', 'http://localhost.evil.example/postern/'])(
    'no sign-in goes on to %s',
    async (rd) => {
      const visitor = await enter('ada', rd)
      expect([visitor.entered.status, visitor.entered.headers.location]).toEqual([422, undefined])
      expect((await visitor.get(`${BASE}/auth/tokens`)).headers.location).toContain('/postern/login?rd=')
    },
  )

  it('a page that needs a session leads to the sign-in page, and back to itself', async () => {
    const { headers } = await new Visitor(postern).get(`${BASE}/auth/tokens/new?name=a&scope=b`)
    const back = encodeURIComponent(`${SITE}/auth/tokens/new?name=a&scope=b`)
    expect(headers.location).toBe(`${BASE}/login?rd=${back}`)
  })

  it('a token is created, shown and revoked, and signing out leads to the sign-in page', async () => {
    const ada = await enter('grace')
    await ada.get(`${BASE}/auth/tokens/new`)
    const { text } = await ada.post(`${BASE}/auth/tokens`, { name: 'topcat', scope: ['read:tap'], expires: '30d' })
    const [token = ''] = TOKEN.exec(text) ?? []
    expect(text).toContain(`<a class="button" href="${BASE}/auth/tokens?created=${token.slice(3, 25)}">Done</a>`)
    const page = `${BASE}/auth/tokens/${token.slice(3, 25)}`
    expect((await ada.get(page)).text).toContain('topcat')
    const revoked = await ada.post(`${page}/revoke`)
    expect(revoked.headers.location).toBe(`${BASE}/auth/tokens?revoked=${token.slice(3, 25)}`)
    expect((await ada.post(`${BASE}/logout`)).headers.location).toBe(`${BASE}/login`)
    expect((await ada.get(`${BASE}/auth/tokens`)).status).toBe(303)
  })

  it('a form that waits for its user to sign in again is sent to its own address', async () => {
    const admin = await enter('root')
    postern.advance(STALE)
    const change = `${BASE}/auth/admin/lockdown/on`
    await admin.get(change)
    const asked = await admin.post(change, { reason: 'a drill' })
    expect([asked.status, asked.headers['set-cookie']]).toEqual([
      403,
      [expect.stringMatching(/^postern-form=.*; Path=\/postern\/auth\/reauthenticate;/)],
    ])
    const [rd = ''] = found(asked.text, /name="rd" value="([^"]*)"/g)
    const again = await admin.post(`${BASE}/auth/reauthenticate`, { rd, password: PASSWORD })
    expect(again.headers.location).toBe(`${SITE}/auth/reauthenticate/resume`)
    expect((await admin.get(`${BASE}/auth/reauthenticate/resume`)).text).toContain(`action="${change}"`)
  })

  it('MAST’s addresses lead to the pages, also those at the root of the host', async () => {
    for (const path of [`${BASE}/token?token_name=a`, '/token?token_name=a'])
      expect((await root.get(path)).headers.location).toBe(`${BASE}/auth/tokens/new?token_name=a`)
  })

  it('a browser at another name of the site is led to the same page, or reads where it is', async () => {
    const open = (host: string) =>
      new Visitor(postern).agent.get(`${BASE}/auth/tokens?a=1`).set({ ...HTML, Host: host })
    expect((await open('127.0.0.1')).headers.location).toBe(`${SITE}/auth/tokens?a=1`)
    const elsewhere = await open('www.example.org')
    expect([elsewhere.status, elsewhere.text]).toEqual([421, expect.stringContaining(`href="${SITE}/auth/tokens?a=1"`)])
    expect(elsewhere.text).toContain(`the address of this site is ${SITE}`)
  })
})

describe('The API below a path', () => {
  const api = (path: string) => `${BASE}/auth/api/v1${path}`
  const bearer = async (username: string, scopes: readonly string[]) => ({
    Authorization: `Bearer ${await postern.token(username, { scopes })}`,
  })
  const ask = (path: string, headers: Record<string, string> = {}) =>
    new Visitor(postern).agent.get(path).set({ Host: 'localhost:8080', ...headers })

  it('names the address of a token that was created, and answers there', async () => {
    const headers = await bearer('ada', ['user:token', 'read:tap'])
    const { status, headers: answered } = await new Visitor(postern).agent
      .post(api('/users/ada/tokens'))
      .set(headers)
      .send({ token_name: 'made', scopes: ['read:tap'] })
    expect([status, answered.location]).toEqual([
      201,
      expect.stringMatching(/^\/postern\/auth\/api\/v1\/users\/ada\/t/),
    ])
    expect((await ask(String(answered.location), headers)).body).toMatchObject({ token_name: 'made' })
  })

  it.each([
    ['/users/root/token-change-history?limit=1', 'next'],
    ['/history/token-changes?limit=1', 'next'],
    ['/audit?limit=1', 'next'],
  ])('links the pages of %s', async (path, rel) => {
    const headers = await bearer('root', ['user:token', 'admin:token'])
    const { headers: answered } = await ask(api(path), headers)
    const links = new Map(
      String(answered.link)
        .split(', ')
        .map((each) => [/rel="(\w+)"/.exec(each)?.[1], /<([^>]*)>/.exec(each)?.[1] ?? '']),
    )
    expect([...links.values()].filter((each) => !each.startsWith(`${HOST}${api('/')}`))).toEqual([])
    const next = await ask((links.get(rel) ?? '').replace(HOST, ''), headers)
    expect([next.status, next.body]).toEqual([200, [expect.anything()]])
  })

  it('has it in the OpenAPI document, in the documentation, and where the server describes itself', async () => {
    const { servers, paths } = (await ask(`${BASE}/auth/openapi.json`)).body
    expect([servers, Object.keys(paths)]).toEqual([
      [{ url: BASE }],
      expect.arrayContaining(['/auth/api/v1/token-info']),
    ])
    expect((await ask(`${BASE}/auth/docs`)).text).toContain(
      `>GET</span> <code class="address">${BASE}/auth/api/v1/token-info</code>`,
    )
    expect((await ask(`${BASE}/`)).body).toMatchObject({ documentation_url: `${BASE}/auth/docs` })
    expect((await ask(`${BASE}/auth/doctor`)).body).toMatchObject({ base_url: SITE })
  })
})

describe('Beside the path', () => {
  const ask = (path: string, headers: Record<string, string> = {}) =>
    new Visitor(postern).agent.get(path).set({ Host: 'localhost:8080', ...headers })

  it('checks, health and metrics stay where they are, and none is below it', async () => {
    for (const path of ['/health', '/health/live', '/metrics']) expect((await ask(path)).status).toBe(200)
    for (const path of ['/health', '/health/live', '/metrics', '/ingress/auth?scope=read:tap', '/ingress/anonymous'])
      expect((await ask(`${BASE}${path}`, ASKED)).status).toBe(404)
    expect((await ask('/ingress/auth?scope=read:tap', ASKED)).status).toBe(401)
  })

  it('a check leads a browser to the sign-in page', async () => {
    const asked = { 'X-Original-URL': `${HOST}/portal/?a=1`, 'X-Original-Method': 'GET' }
    const { headers } = await ask('/ingress/auth?scope=exec:portal&login_redirect=true', asked)
    expect(headers.location).toBe(`${SITE}/login?rd=${encodeURIComponent(`${HOST}/portal/?a=1`)}`)
  })

  it('Postern is at the path alone, or at none where a proxy strips it', async () => {
    expect((await ask('/auth/docs')).status).toBe(200)
    for (const path of [
      '/posterns/auth/docs',
      '/Postern/auth/docs',
      '/postern/postern/auth/docs',
      '/postern//auth/docs',
    ])
      expect((await ask(path)).status).toBe(404)
    expect((await ask(BASE, HTML)).headers.location).toBe(`${BASE}/auth/tokens`)
  })
})
