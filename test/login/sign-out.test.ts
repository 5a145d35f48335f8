import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { version } from '../../server/api/version.js'
import { signedIn, Visitor } from '../support/clients/visitor.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

const SITE = 'http://127.0.0.1:8080'
const FROM_OUR_PAGE = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ baseUrl: SITE })
})
afterAll(() => postern.stop())

const check = (query: string, headers: Record<string, string>) =>
  request(postern.server).get(`/ingress/auth?${query}`).set(ASKED).set(headers)

describe('a link to sign out', () => {
  it('shows a button that leads where the link says', async () => {
    const visitor = await signedIn(postern, 'linked')
    const page = await visitor.get(`/logout?rd=${SITE}/bye`)
    expect(page.text).toMatch(/<form method="post" action="\/logout"/)
    const [, rd = ''] = /name="rd" value="([^"]*)"/.exec(page.text) ?? []
    expect((await visitor.post('/logout', { rd })).headers.location).toBe(`${SITE}/bye`)
    expect((await visitor.get('/auth/tokens')).status).toBe(303)
  })

  it('goes straight on when one is signed out already', async () => {
    const { status, headers } = await new Visitor(postern).get(`/logout?rd=${SITE}/bye`)
    expect([status, headers.location]).toEqual([303, `${SITE}/bye`])
    expect((await new Visitor(postern).get('/logout')).headers.location).toBe('/login')
  })

  it('that is on a page of the site ends the session at once, as Gafaelfawr’s does', async () => {
    const visitor = await signedIn(postern, 'portal')
    const left = await visitor.agent.get(`/logout?rd=${SITE}/bye`).set(FROM_OUR_PAGE)
    expect([left.status, left.headers.location]).toEqual([303, `${SITE}/bye`])
    expect((await visitor.get('/auth/tokens')).status).toBe(303)
  })

  it.each([
    ['on another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['on a host beside the site', { 'Sec-Fetch-Site': 'same-site', Referer: 'http://beside.example/' }],
    ['of an image', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }],
    ['that is followed ahead of the user', { 'Sec-Purpose': 'prefetch' }],
  ])('%s ends nothing: the user is asked', async (where, more) => {
    const visitor = await signedIn(postern, `asked-${where.length}`)
    const page = await visitor.agent.get('/logout').set({ ...FROM_OUR_PAGE, ...more })
    expect([page.status, /<form method="post" action="\/logout"/.test(page.text)]).toEqual([200, true])
    expect((await visitor.get('/auth/tokens')).status).toBe(200)
  })

  it('that leads to another site is refused, and no session ends', async () => {
    const visitor = await signedIn(postern, 'lured')
    expect((await visitor.get('/logout?rd=https://evil.example/')).status).toBe(422)
    expect((await visitor.agent.get('/logout?rd=https://evil.example/').set(FROM_OUR_PAGE)).status).toBe(422)
    expect((await visitor.get('/auth/tokens')).status).toBe(200)
    await visitor.post('/logout', { rd: 'https://evil.example/' }).then(({ headers }) => {
      expect(headers.location).toBe('/login')
    })
  })
})

describe('signing out', () => {
  it('ends at once the tokens delegated from the session, and those delegated from them', async () => {
    await postern.account('worker')
    const visitor = new Visitor(postern)
    const [cookie = ''] = /postern=gt-[^;]+/.exec(String((await visitor.signIn('worker')).headers['set-cookie'])) ?? []
    await visitor.get('/auth/tokens')
    const tokenOf = async (query: string, headers: Record<string, string>) =>
      String((await check(query, headers)).headers['x-auth-request-token'])
    const notebook = await tokenOf('notebook=true', { Cookie: cookie })
    const internal = await tokenOf('delegate_to=tap&delegate_scope=read:tap', { Cookie: cookie })
    const below = await tokenOf('delegate_to=tap&delegate_scope=read:tap', { Authorization: `Bearer ${notebook}` })
    const asked = () =>
      Promise.all(
        [notebook, internal, below].map(async (token) => {
          const { status, headers } = await check('scope=read:tap', { Authorization: `Bearer ${token}` })
          return [status, headers['x-auth-request-user']]
        }),
      )
    expect(await asked()).toEqual([1, 2, 3].map(() => [200, 'worker']))
    await visitor.post('/logout')
    expect(await asked()).toEqual([1, 2, 3].map(() => [401, undefined]))
    expect((await check('notebook=true', { Cookie: cookie })).status).toBe(401)
  })
})

describe('several tabs', () => {
  it('that sign in each end where they began', async () => {
    await postern.account('tabs')
    const browser = new Visitor(postern)
    const places = [`${SITE}/portal/a`, `${SITE}/portal/b`]
    const pages = [await browser.get(`/login?rd=${places[0]}`), await browser.get(`/login?rd=${places[1]}`)]
    const ended: unknown[] = []
    for (const { text } of pages) {
      const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? ''
      const fields = {
        csrf: hidden('csrf'),
        rd: hidden('rd'),
        username: 'tabs',
        password: 'correct horse battery staple',
      }
      ended.push((await browser.post('/login', fields)).headers.location)
    }
    expect(ended).toEqual(places)
  })
})

describe('the return URL that a proxy sends', () => {
  const ask = (rd: string, redirect: string) =>
    request(postern.server).get(`/login${rd}`).set('X-Auth-Request-Redirect', redirect)
  const shown = (html: string) => /name="rd" value="([^"]*)"/.exec(html)?.[1]

  it('is where signing in leads, unless the link itself says', async () => {
    expect(shown((await ask('', `${SITE}/portal`)).text)).toBe(`${SITE}/portal`)
    expect(shown((await ask(`?rd=${SITE}/other`, `${SITE}/portal`)).text)).toBe(`${SITE}/other`)
  })

  it('is held to the same rule', async () => {
    expect((await ask('', 'https://evil.example/')).status).toBe(422)
  })
})

describe('the root of the site', () => {
  it('leads browsers to their tokens, and tells scripts what answers', async () => {
    const browser = await request(postern.server).get('/').set('Accept', 'text/html,*/*')
    expect([browser.status, browser.headers.location]).toEqual([303, '/auth/tokens'])
    const script = await request(postern.server).get('/')
    expect([script.status, script.body]).toEqual([
      200,
      { name: 'postern', version: version(), description: expect.any(String), documentation_url: '/auth/docs' },
    ])
  })
})
