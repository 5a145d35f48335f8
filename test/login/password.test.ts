import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { disableAccount } from '../../server/login/account-status.js'
import { DEFAULT_GROUP_MAPPING } from '../../server/settings/rubin.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { signedIn, Visitor } from '../support/clients/visitor.js'
import { PASSWORD, type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern

beforeAll(async () => {
  const groupMapping = { ...DEFAULT_GROUP_MAPPING, 'user:token': ['plain'] }
  postern = await startPostern({ baseUrl: 'http://127.0.0.1:8080', settings: { groupMapping } })
  await postern.account('ada')
})
afterAll(() => postern.stop())

const sessionsOf = (username: string) => listSessions(postern.context, username, postern.now())
const alertOf = (html: string) => /role="alert"[\s\S]*?<\/(?:div|section)>/.exec(html)?.[0].replace(/<[^>]+>|\s+/g, ' ')

describe('signing in', () => {
  it('with the right password gives a cookie that no script reads, and goes where one came from', async () => {
    const response = await new Visitor(postern).signIn('ada', PASSWORD, 'http://127.0.0.1:8080/portal/?q=1')
    expect(response.status).toBe(303)
    expect(response.headers.location).toBe('http://127.0.0.1:8080/portal/?q=1')
    const cookie = String(response.headers['set-cookie'])
    expect(cookie).toMatch(/postern=gt-[\w-]{22}\.[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax/)
    expect(cookie.split(/,(?=\S+=)/).at(-1)).not.toMatch(/Expires|Max-Age|Domain/)
  })

  it('on an https site gives a cookie that travels over TLS only', async () => {
    const secure = await startPostern({ baseUrl: 'https://data.example.org' })
    await secure.account('ada')
    const page = await request(secure.server).get('/login')
    const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
    const response = await request(secure.server)
      .post('/login')
      .set('Cookie', String(page.headers['set-cookie']).split(';')[0] ?? '')
      .type('form')
      .send({ csrf, username: 'ada', password: PASSWORD, rd: '' })
    expect(String(response.headers['set-cookie'])).toMatch(
      /__Host-postern=gt-[^;]*; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(response.headers.location).toBe('https://data.example.org/auth/tokens')
    await secure.stop()
  })

  it('lets a user in whose only group gives no scope but the one that every session has', async () => {
    await postern.account('plain', ['plain'])
    expect((await new Visitor(postern).signIn('plain')).status).toBe(303)
    expect(await sessionsOf('plain')).toMatchObject([{ scopes: ['user:token'] }])
  })

  it('makes a new session each time, and ends the one that the browser had', async () => {
    await postern.account('twice')
    const visitor = new Visitor(postern)
    await visitor.get('/login')
    const tab = { csrf: visitor.csrf, username: 'twice', password: PASSWORD, rd: '' }
    await visitor.post('/login', tab)
    const [first] = await sessionsOf('twice')
    await visitor.post('/login', tab)
    const second = await sessionsOf('twice')
    expect(second).toHaveLength(1)
    expect(second[0]?.key).not.toBe(first?.key)
  })

  it('when signed in already shows where to go on, and does not send the browser round in a circle', async () => {
    const visitor = await signedIn(postern, 'already')
    const page = await visitor.get('/login?rd=http://127.0.0.1:8080/portal')
    expect(page.status).toBe(200)
    expect(page.text).toContain('You are signed in as already')
    expect(page.text).toContain('href="http://127.0.0.1:8080/portal"')
  })

  it.each([
    ['another site', 'https://evil.example/'],
    ['a script', 'javascript:alert(1)'],
    ['no host of its own', '//evil.example'],
  ])('never leads to %s, neither from the link nor from the form', async (_what, rd) => {
    const visitor = new Visitor(postern)
    expect((await visitor.get(`/login?rd=${encodeURIComponent(rd)}`)).status).toBe(422)
    const before = await sessionsOf('ada')
    await visitor.get('/login')
    const response = await visitor.post('/login', { username: 'ada', password: PASSWORD, rd })
    expect(response.status).toBe(422)
    expect(await sessionsOf('ada')).toEqual(before)
  })
})

describe('signing in is refused', () => {
  it('in the same words whether the account exists, is disabled, or the password is wrong', async () => {
    await postern.account('closed')
    await disableAccount(postern.context, 'closed', { username: '<operator>' })
    const answers = await Promise.all(
      [
        ['ada', 'wrong'],
        ['unknown', 'wrong'],
        ['closed', PASSWORD],
        ['Not A Name', 'wrong'],
        ['ada', ''],
        ['ada', 'x'.repeat(5000)],
      ].map(([username, password]) => new Visitor(postern).signIn(username ?? '', password)),
    )
    for (const answer of answers) {
      expect(answer.status).toBe(403)
      expect(String(answer.headers['set-cookie'] ?? '')).not.toContain('postern=gt-')
    }
    expect(new Set(answers.map(({ text }) => alertOf(text))).size).toBe(1)
    expect(alertOf(answers[0]?.text ?? '')).toContain('Incorrect user name or password')
    expect(await sessionsOf('closed')).toEqual([])
  })

  it('keeps the user name that was typed, and never the password', async () => {
    const response = await new Visitor(postern).signIn('"><b>ada', 'hunter2 hunter2')
    expect(response.text).toContain('value="&#34;&gt;&lt;b&gt;ada"')
    expect(response.text).not.toContain('hunter2')
    expect(postern.logged()).not.toContain('hunter2')
  })

  it('to a user in no group that may use the site, with that reason, and gets no session', async () => {
    await postern.account('outsider', ['tourists'])
    const response = await new Visitor(postern).signIn('outsider')
    expect(response.status).toBe(403)
    expect(response.text).toContain('Your account is not in a group that has access')
    expect(await sessionsOf('outsider')).toEqual([])
  })

  it.each([
    ['no word of a form', { csrf: '' }],
    ['a made-up word', { csrf: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('to a form with %s: another site sent it', async (_what, fields) => {
    const before = await sessionsOf('ada')
    const visitor = new Visitor(postern)
    await visitor.get('/login')
    const response = await visitor.post('/login', { username: 'ada', password: PASSWORD, rd: '', ...fields })
    expect(response.status).toBe(403)
    expect(await sessionsOf('ada')).toEqual(before)
  })

  it('to a form without the cookie that was served with it', async () => {
    const visitor = new Visitor(postern)
    await visitor.get('/login')
    const { csrf } = visitor
    const response = await request(postern.server)
      .post('/login')
      .type('form')
      .send({ csrf, username: 'ada', password: PASSWORD })
    expect(response.status).toBe(403)
    expect(String(response.headers['set-cookie'])).not.toContain('postern=gt-')
  })

  it('after five wrong passwords, even to the right one and to an account that is not there, until a while has passed', async () => {
    await postern.account('target')
    for (const username of ['target', 'ghost']) {
      const from = (address: string) => ({ 'X-Forwarded-For': address })
      const attempt = async (password: string, address = '203.0.113.5') => {
        const agent = request.agent(postern.server)
        const page = await agent.get('/login')
        const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
        return agent.post('/login').set(from(address)).type('form').send({ csrf, username, password, rd: '' })
      }
      const tries = await Promise.all(Array.from({ length: 8 }, () => attempt('wrong')))
      const statuses = tries.map(({ status }) => status).sort()
      expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429, 429])
      const slowed = await attempt(PASSWORD)
      expect(slowed.status).toBe(429)
      expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(0)
      expect(slowed.text).toContain('Too many failed attempts to sign in')
      // Another user's failures do not lock the owner out at home.
      expect((await attempt(PASSWORD, '203.0.113.99')).status).toBe(username === 'target' ? 303 : 403)
    }
  })

  it('for a user only at the address that goes on guessing, however long it does', async () => {
    await postern.account('victim')
    const attempt = async (username: string, password: string, address: string) => {
      const agent = request.agent(postern.server)
      const page = await agent.get('/login')
      const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
      return agent
        .post('/login')
        .set('X-Forwarded-For', address)
        .type('form')
        .send({ csrf, username, password, rd: '' })
    }
    for (let count = 0; count < 55; count++) await attempt('victim', 'wrong', '198.51.100.66')
    expect((await attempt('victim', PASSWORD, '192.0.2.1')).status).toBe(303)
    expect((await attempt('ada', PASSWORD, '198.51.100.66')).status).toBe(303)
    for (let count = 0; count < 6; count++) await attempt('victim', 'wrong', `2001:db8::${count}`)
    expect((await attempt('victim', PASSWORD, '2001:db8::99')).status).toBe(429)
    expect((await attempt('victim', PASSWORD, '2001:db8:0:1::99')).status).toBe(303)
  })

  it.each(['garbage', 'unix:', 'fe80::1%eth0', '1.2.3.4.5'])(
    'or granted for every form of address from a proxy: %s',
    async (address) => {
      const agent = request.agent(postern.server)
      const page = await agent.get('/login').set('X-Forwarded-For', address)
      const [, csrf] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
      const fields = { csrf, username: 'ada', password: PASSWORD, rd: '' }
      const response = await agent.post('/login').set('X-Forwarded-For', address).type('form').send(fields)
      expect(response.status).toBe(303)
      await agent.get('/auth/tokens').set('X-Forwarded-For', address)
      await postern.context.usage.flush(postern.context)
    },
  )

  it('never because of successes: signing in often is not guessing', async () => {
    await postern.account('busy')
    for (let count = 0; count < 8; count++) expect((await new Visitor(postern).signIn('busy')).status).toBe(303)
  })
})

describe('signing out', () => {
  it('may lead to another host that the site has chosen, and browsers let it', async () => {
    const site = await startPostern({ settings: { afterLogoutUrl: 'https://www.example.org/bye' } })
    const visitor = await signedIn(site, 'ada')
    const page = await visitor.get('/auth/tokens')
    expect(page.headers['content-security-policy']).toMatch(/form-action [^;]*https:\/\/www\.example\.org(?: |;)/)
    expect((await visitor.post('/logout')).headers.location).toBe('https://www.example.org/bye')
    await site.stop()
  })

  it('ends the session for good, not only in this browser', async () => {
    const visitor = await signedIn(postern, 'leaver')
    const [session] = await sessionsOf('leaver')
    const response = await visitor.post('/logout')
    expect(response.status).toBe(303)
    expect(response.headers.location).toBe('/login')
    expect(String(response.headers['set-cookie'])).toMatch(/postern=;/)
    expect(await sessionsOf('leaver')).toEqual([])
    expect(session).toBeDefined()
  })

  it('asks first when it is only a link: another site could have made it', async () => {
    const visitor = await signedIn(postern, 'stayer')
    expect((await visitor.get('/logout')).text).toContain('action="/logout"')
    expect(await sessionsOf('stayer')).toHaveLength(1)
    expect((await visitor.post('/logout', { csrf: 'wrong' })).status).toBe(403)
    expect(await sessionsOf('stayer')).toHaveLength(1)
  })
})
