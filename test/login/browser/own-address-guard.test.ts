import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'

const SITE = 'https://data.example.org'
const ALIAS = 'www.example.org'
const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
/** What a proxy of the site names, which asks from this machine. */
const VIA_PROXY = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '192.0.2.7' }

let postern: RunningPostern
let distrustful: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ baseUrl: SITE })
  distrustful = await startPostern({ baseUrl: SITE, settings: { proxies: ['192.0.2.0/24'] } })
})
afterAll(async () => {
  await postern.stop()
  await distrustful.stop()
})

const get = (path: string, headers: Record<string, string>, site = postern) =>
  request(site.server).get(path).set(headers)
const warnings = (message: string, site = postern) =>
  site
    .logged()
    .split('\n')
    .filter((line) => line.includes(`"msg":"${message}"`))
    .map((line) => JSON.parse(line))

describe('a browser that opens the site by another name', () => {
  it.each([
    ['/login', `${SITE}/login`],
    ['/login?rd=%2Fauth%2Ftokens%3Fa%3D1', `${SITE}/login?rd=%2Fauth%2Ftokens%3Fa%3D1`],
    ['/auth/tokens/new?name=a&scope=b', `${SITE}/auth/tokens/new?name=a&scope=b`],
    ['/', `${SITE}/`],
    ['//evil.example/login', `${SITE}/evil.example/login`],
    ['/\\evil.example/login', `${SITE}/evil.example/login`],
  ])('is led to the same page of the base URL before a password is asked for (%s)', async (path, location) => {
    for (const host of [ALIAS, '192.0.2.1', `${ALIAS}:8443`, 'data.example.org.']) {
      const { status, headers, text } = await get(path, { ...HTML, ...VIA_PROXY, Host: host })
      expect([status, headers.location, headers['cache-control']]).toEqual([303, location, 'no-store'])
      expect(text).not.toContain('password')
    }
  })

  it('is led there wherever a trusted proxy names the host, and by no header of a client', async () => {
    const named = { ...HTML, ...VIA_PROXY, Host: 'data.example.org', 'X-Forwarded-Host': ALIAS }
    expect((await get('/login', named)).headers.location).toBe(`${SITE}/login`)
    expect((await get('/login', named, distrustful)).status).toBe(200)
    const hidden = { ...HTML, Host: ALIAS, 'X-Forwarded-Host': 'data.example.org' }
    expect((await get('/login', hidden)).status).toBe(200)
    expect((await get('/login', hidden, distrustful)).headers.location).toBe(`${SITE}/login`)
  })

  it('is led there once, and gets the page, behind a proxy that names the wrong host for every request', async () => {
    const behind = { ...HTML, ...VIA_PROXY, Host: 'postern:8080' }
    const first = await get('/login', behind)
    const [cookie = ''] = String(first.headers['set-cookie']).split(';')
    expect([first.status, cookie]).toEqual([303, 'postern-led=1'])
    const second = await get('/login', { ...behind, Cookie: cookie })
    expect([second.status, second.text]).toEqual([200, expect.stringContaining('password')])
    expect(warnings('Proxy names another address than the base URL')).toMatchObject([
      { asked: 'https://postern:8080', baseUrl: SITE },
    ])
  })

  it('is in the log once, and again after an hour', async () => {
    const open = () => get('/login', { ...HTML, ...VIA_PROXY, Host: 'once.example.org' })
    const lines = () => warnings('Site opened at another address').filter(({ asked }) => /once/.test(asked))
    await open()
    await open()
    expect(lines()).toMatchObject([{ level: 40, asked: 'https://once.example.org', baseUrl: SITE }])
    postern.advance(3600)
    await open()
    expect(lines()).toHaveLength(2)
  })
})

describe('by another name as by the right one', () => {
  it.each([
    ['a probe', '/login', {}, 200],
    ['a probe of any type', '/login', { Accept: '*/*' }, 200],
    ['a stylesheet', '/auth/static/none.css', { Accept: 'text/css,*/*;q=0.1' }, 404],
    ['a page’s script', '/auth/tokens', { ...HTML, 'Sec-Fetch-Mode': 'cors' }, 303],
    ['the API in a browser', '/auth/api/v1/login', HTML, 401],
    ['health', '/health/ready', HTML, 200],
    ['a check', '/ingress/auth?scope=read:tap', { ...HTML, ...ASKED }, 401],
  ])('%s gets its answer', async (_who, path, headers, status) => {
    const { status: actual, headers: answered } = await get(path, {
      ...(headers as Record<string, string>),
      Host: ALIAS,
    })
    expect([actual, String(answered.location)]).toEqual([status, expect.not.stringMatching(/^https:/)])
  })
})

describe('a browser at http, when the base URL is https', () => {
  const plain = { ...HTML, Host: 'data.example.org', 'X-Forwarded-Proto': 'http', 'X-Forwarded-For': '192.0.2.7' }

  it('gets a page that says so, and where to go on, in the place of a form', async () => {
    const { status, text } = await get('/login?rd=/auth/tokens', plain)
    expect([status, text]).toEqual([
      421,
      expect.stringContaining(
        'You opened http://data.example.org, and the address of this site is https://data.example.org: over http no sign-in can work',
      ),
    ])
    expect(text).toContain(`href="${SITE}/login?rd=/auth/tokens"`)
    expect(text).not.toContain('type="password"')
    const lines = warnings('Site opened at another address').filter(({ asked }) => asked.startsWith('http:'))
    expect(lines).toMatchObject([{ asked: 'http://data.example.org', baseUrl: SITE }])
  })

  it('is believed when it says that the connection is secure: a proxy further in does not know', async () => {
    expect((await get('/login', { ...plain, 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate' })).status).toBe(200)
  })

  it('gets the form where only an unknown proxy says so', async () => {
    expect((await get('/login', plain, distrustful)).status).toBe(200)
  })
})

describe('a form of a page that was opened at another address', () => {
  it.each([
    ['another name', `https://${ALIAS}`, { Host: ALIAS, 'Sec-Fetch-Site': 'same-origin' }],
    [
      'another name that the proxy hides',
      `https://${ALIAS}`,
      { Host: 'data.example.org', 'Sec-Fetch-Site': 'same-origin' },
    ],
    ['http, in a browser that has no Secure cookie there', 'http://data.example.org', { Host: 'data.example.org' }],
  ])('opens no session, and says which address is right (%s)', async (_what, origin, headers) => {
    await postern.account('ada')
    const { status, text } = await request(postern.server)
      .post('/login')
      .set({ ...HTML, ...headers, Origin: origin })
      .type('form')
      .send({ username: 'ada', password: PASSWORD, rd: '' })
    expect([status, text]).toEqual([421, expect.stringContaining(`You opened ${origin}, and`)])
    expect(text).toContain(`href="${SITE}/login"`)
    expect(await listSessions(postern.context, 'ada', postern.now())).toEqual([])
    expect(warnings('Form sent at another address').map(({ asked }) => asked)).toContain(origin)
  })
})

describe('where the base URL was left at its default', () => {
  it('a visitor of another machine reads so, and is not led to their own machine', async () => {
    const trial = await startPostern({ baseUrl: 'http://localhost:8080' })
    const { status, text } = await get('/login', { ...HTML, Host: 'lab.example.org:8080' }, trial)
    expect([status, text]).toEqual([
      421,
      expect.stringContaining(
        'You opened http://lab.example.org:8080, and the address of this site is http://localhost:8080',
      ),
    ])
    expect(text).toContain('tell the administrators: baseUrl')
    await trial.stop()
  })
})
