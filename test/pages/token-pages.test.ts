import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { listSessions } from '../../server/stores/sessions.js'
import { listUserTokens } from '../../server/stores/user-tokens.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { signedIn, type Visitor } from '../support/visitor.js'

const TOKEN = /gt-[\w-]{22}\.[\w-]{22}/

let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const someone = () => `person-${++nextUser}`
const tokensOf = (username: string) => listUserTokens(postern.context.postgres, username)
const sessionsOf = (username: string) => listSessions(postern.context.redis, username, postern.now())
const create = (visitor: Visitor, fields: Record<string, string | string[]> = {}) =>
  visitor.post('/auth/tokens', { name: 'topcat', scope: ['read:tap'], expires: '30d', ...fields })

describe('creating a token', () => {
  it('shows it once, with steps for each program, and nowhere ever after', async () => {
    const ada = someone()
    const visitor = await signedIn(postern, ada)
    const page = await create(visitor)
    expect(page.status).toBe(201)
    expect(page.headers['cache-control']).toContain('no-store')
    const [token = ''] = TOKEN.exec(page.text) ?? []
    const admitted = await request(postern.server)
      .get('/ingress/auth?scope=read:tap')
      .set({ ...ASKED, Authorization: `Bearer ${token}` })
    expect(admitted.headers['x-auth-request-user']).toBe(ada)
    for (const program of ['TOPCAT', 'STILTS', 'pyVO', 'curl', '.netrc']) expect(page.text).toContain(program)
    expect(page.text).toContain('http://127.0.0.1:8080/tap')
    const [made] = await tokensOf(ada)
    for (const path of [
      '/auth/tokens',
      `/auth/tokens/${made?.key}`,
      `/auth/tokens/${made?.key}/revoke`,
      '/auth/tokens/new',
    ]) {
      const later = await visitor.get(path)
      expect(later.status).toBe(200)
      expect(later.text).not.toMatch(TOKEN)
    }
  })

  it('is not repeated by sending the same form again', async () => {
    const ada = someone()
    const visitor = await signedIn(postern, ada)
    await create(visitor)
    const again = await create(visitor)
    expect(again.status).toBe(409)
    expect(again.text).not.toMatch(TOKEN)
    expect(again.text).toContain('Token name topcat already used')
    expect(await tokensOf(ada)).toHaveLength(1)
  })

  it('keeps what was typed when something is wrong, says what beside the field, and makes nothing', async () => {
    const ada = someone()
    const visitor = await signedIn(postern, ada)
    const page = await create(visitor, {
      name: '<b>x',
      scope: ['read:image'],
      expires: 'at',
      expires_at: '2020-01-01T10:00',
    })
    expect(page.status).toBe(422)
    expect(page.text).toContain('value="&lt;b&gt;x"')
    expect(page.text).toContain('value="2020-01-01T10:00"')
    expect(page.text).toMatch(/value="read:image"[^>]*checked/)
    expect(page.text).not.toMatch(/value="read:tap"[^>]*checked/)
    expect(page.text).toContain('Token must be valid for at least five minutes')
    expect(await tokensOf(ada)).toEqual([])
  })

  it.each<[string, Record<string, string | string[]>, string]>([
    ['no name', { name: '  ' }, 'A token name has 1 to 64 characters'],
    ['a scope that the person lacks', { scope: ['admin:token'] }, 'Requested scopes are broader'],
    ['an unknown scope', { scope: ['x'] }, 'Unknown scopes requested'],
    ['no choice of an end', { expires: '' }, 'Choose until when the token is to work'],
    ['an invented choice of an end', { expires: '9999d' }, 'Choose until when the token is to work'],
    ['no date', { expires: 'at', expires_at: '' }, 'Give a date and a time'],
    ['no date that exists', { expires: 'at', expires_at: '2027-13-45T99:00' }, 'Give a date and a time'],
    ['a date beyond all calendars', { expires: 'at', expires_at: '20000-01-01T00:00' }, 'Give a date and a time'],
  ])('with %s is refused', async (_what, fields, sentence) => {
    const ada = someone()
    const visitor = await signedIn(postern, ada)
    const page = await create(visitor, fields)
    expect(page.status).toBe(422)
    expect(page.text).toContain(sentence)
    expect(await tokensOf(ada)).toEqual([])
  })

  it('reads a date on the clock of whoever typed it', async () => {
    const ada = someone()
    const visitor = await signedIn(postern, ada)
    await create(visitor, { expires: 'at', expires_at: '2031-07-01T12:00', tz_offset: '-120' })
    expect((await tokensOf(ada))[0]?.expires).toBe(Date.UTC(2031, 6, 1, 10) / 1000)
  })

  it.each([
    ['never', undefined],
    ['7d', 7],
    ['90d', 90],
  ])('until %s', async (expires, days) => {
    const ada = someone()
    await create(await signedIn(postern, ada), { expires })
    const [token] = await tokensOf(ada)
    expect(token?.expires).toBe(days === undefined ? undefined : (token?.created ?? 0) + days * 86_400)
  })

  it('is only filled in by a link: nothing is made, and scopes that one lacks are not offered', async () => {
    const ada = someone()
    const visitor = await signedIn(postern, ada)
    const page = await visitor.get('/auth/tokens/new?name=astroquery&scope=read:tap&scope=admin:token&expires=7d')
    expect(page.text).toContain('value="astroquery"')
    expect(page.text).toMatch(/value="read:tap"[^>]*checked/)
    expect(page.text).not.toContain('value="admin:token"')
    expect(await tokensOf(ada)).toEqual([])
  })
})

describe('revoking a token', () => {
  it('asks with its name, then ends it, and says so', async () => {
    const ada = someone()
    const visitor = await signedIn(postern, ada)
    const [token = ''] = TOKEN.exec((await create(visitor)).text) ?? []
    const key = token.slice(3, 25)
    expect((await visitor.get(`/auth/tokens/${key}/revoke`)).text).toContain('topcat')
    expect(await tokensOf(ada)).toHaveLength(1)
    const done = await visitor.post(`/auth/tokens/${key}/revoke`)
    expect(done.headers.location).toBe(`/auth/tokens?revoked=${key}`)
    expect((await visitor.get(done.headers.location ?? '')).text).toContain('topcat was revoked.')
    expect(await tokensOf(ada)).toEqual([])
    const details = await visitor.get(`/auth/tokens/${key}`)
    expect(details.status).toBe(200)
    expect(details.text).toContain('revoked')
  })

  it('of somebody else is answered as if there were none, and changes nothing', async () => {
    const [ada, mallory] = [someone(), someone()]
    const token = await postern.token(ada)
    const key = token.slice(3, 25)
    const visitor = await signedIn(postern, mallory)
    for (const path of [`/auth/tokens/${key}`, `/auth/tokens/${key}/revoke`])
      expect((await visitor.get(path)).status).toBe(404)
    expect((await visitor.post(`/auth/tokens/${key}/revoke`)).status).toBe(404)
    expect(await tokensOf(ada)).toHaveLength(1)
    expect((await visitor.get(`/auth/tokens?revoked=${key}`)).text).not.toContain('was revoked')
  })
})

describe('a list of many tokens', () => {
  it('comes a hundred at a time, newest first, and every one of them once', async () => {
    const ada = someone()
    await postern.context.postgres.pool.query(
      `INSERT INTO token (key, secret_hash, type, username, name, scopes, created)
       SELECT lpad(n::text, 21, '${ada.slice(-1)}') || 'A', '\\x00', 'user', $1, 'token ' || n, '{}', now() - n * interval '1 minute'
       FROM generate_series(1, 250) n`,
      [ada],
    )
    const visitor = await signedIn(postern, ada)
    const seen: string[] = []
    let there: string | undefined = '/auth/tokens'
    while (there !== undefined) {
      const { text } = await visitor.get(there)
      seen.push(...[...text.matchAll(/>(token \d+)</g)].map(([, name = '']) => name))
      there = /href="([^"]+)" rel="next"/.exec(text)?.[1]
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => `token ${index + 1}`))
  })
})

describe('editing a token', () => {
  it('offers what it has, saves what is less, and tells it in the history', async () => {
    const ada = someone()
    const key = (await postern.token(ada, { name: 'wide', scopes: ['read:tap', 'read:image'] })).slice(3, 25)
    const visitor = await signedIn(postern, ada)
    const form = await visitor.get(`/auth/tokens/${key}/edit`)
    expect(form.text).toMatch(/value="read:image"[^>]*checked/)
    expect(form.text).not.toContain('exec:portal')
    const done = await visitor.post(`/auth/tokens/${key}/edit`, { name: 'narrow', scope: 'read:tap', expires: '7d' })
    expect(done.headers.location).toBe(`/auth/tokens/${key}`)
    expect((await tokensOf(ada))[0]).toMatchObject({ name: 'narrow', scopes: ['read:tap'] })
    const details = (await visitor.get(`/auth/tokens/${key}`)).text.replace(/<[^>]+>/g, '')
    expect(details).toContain(
      'You renamed it from wide to narrow, narrowed it from read:image and read:tap to read:tap',
    )
  })

  it('to more than it has is refused beside the field, and changes nothing', async () => {
    const ada = someone()
    const key = (await postern.token(ada, { name: 'small' })).slice(3, 25)
    const visitor = await signedIn(postern, ada)
    const page = await visitor.post(`/auth/tokens/${key}/edit`, {
      name: 'small',
      scope: ['read:tap', 'read:image'],
      expires: 'never',
    })
    expect(page.status).toBe(422)
    expect(page.text).toContain('A token cannot be given more than it has')
    expect((await tokensOf(ada))[0]?.scopes).toEqual(['read:tap'])
  })

  it('of somebody else, or one that has ended, is answered as if there were none', async () => {
    const [ada, mallory] = [someone(), someone()]
    const key = (await postern.token(ada)).slice(3, 25)
    const visitor = await signedIn(postern, mallory)
    const fields = { name: 'stolen', scope: 'read:tap', expires: 'never' }
    expect((await visitor.get(`/auth/tokens/${key}/edit`)).status).toBe(404)
    expect((await visitor.post(`/auth/tokens/${key}/edit`, fields)).status).toBe(404)
    expect((await tokensOf(ada))[0]?.name).not.toBe('stolen')
  })
})

describe('web sessions', () => {
  it('are listed with the current one marked, and each can be ended', async () => {
    const ada = someone()
    const [here, there] = [await signedIn(postern, ada), await signedIn(postern, ada)]
    const list = (await here.get('/auth/tokens')).text
    expect(list.match(/This session/g)).toHaveLength(1)
    const others = [...list.matchAll(/action="\/auth\/sessions\/([\w-]{22})\/end"/g)].map(([, key]) => key)
    expect(others).toHaveLength(1)
    await here.post(`/auth/sessions/${others[0]}/end`)
    expect(await sessionsOf(ada)).toHaveLength(1)
    expect((await there.get('/auth/tokens')).status).toBe(303)
    expect((await here.get('/auth/tokens')).status).toBe(200)
  })

  it('of everywhere else end together', async () => {
    const ada = someone()
    const [here, there] = [await signedIn(postern, ada), await signedIn(postern, ada)]
    expect((await here.get('/auth/sessions/end-others')).text).toContain('Log out everywhere else')
    await here.post('/auth/sessions/end-others')
    expect((await there.get('/auth/tokens')).status).toBe(303)
    expect((await here.get('/auth/tokens')).status).toBe(200)
  })

  it('of somebody else cannot be ended', async () => {
    const [ada, mallory] = [someone(), someone()]
    await signedIn(postern, ada)
    const [session] = await sessionsOf(ada)
    const visitor = await signedIn(postern, mallory)
    expect((await visitor.post(`/auth/sessions/${session?.key}/end`)).status).toBe(404)
    expect(await sessionsOf(ada)).toHaveLength(1)
  })
})

describe('notebook and service tokens', () => {
  it('are listed under what they came from, are named where that is revoked, and can be ended by themselves', async () => {
    const ada = someone()
    const parent = await postern.token(ada, { name: 'pipeline' })
    const ask = (query: string, token: string) =>
      request(postern.server)
        .get(`/ingress/auth?${query}`)
        .set({ ...ASKED, Authorization: `Bearer ${token}` })
    const child = String((await ask('delegate_to=tap', parent)).headers['x-auth-request-token'])
    const grandchild = String((await ask('notebook=true', child)).headers['x-auth-request-token'])
    const visitor = await signedIn(postern, ada)
    const list = (await visitor.get('/auth/tokens')).text.replace(/<[^>]+>/g, '')
    expect(list).toContain('Token for tap')
    expect(list).toContain('Notebook token')
    expect(list).toContain('From pipeline')
    const question = (await visitor.get(`/auth/tokens/${parent.slice(3, 25)}/revoke`)).text
    expect(question).toContain('1 token for tap')
    expect(question).toContain('1 notebook token')
    await visitor.post(`/auth/sessions/${child.slice(3, 25)}/end`)
    expect((await ask('', child)).status).toBe(401)
    expect((await ask('', grandchild)).status).toBe(401)
    expect((await ask('', parent)).status).toBe(200)
  })
})

describe('every form', () => {
  const forms: [string, (key: string, session: string) => string][] = [
    ['create', () => '/auth/tokens'],
    ['edit', (key) => `/auth/tokens/${key}/edit`],
    ['revoke', (key) => `/auth/tokens/${key}/revoke`],
    ['end a session', (_key, session) => `/auth/sessions/${session}/end`],
    ['end the other sessions', () => '/auth/sessions/end-others'],
    ['sign out', () => '/logout'],
  ]

  it.each(forms)('to %s does nothing without the word of this very session', async (_what, path) => {
    const ada = someone()
    const token = await postern.token(ada)
    const [visitor, other] = [await signedIn(postern, ada), await signedIn(postern, ada)]
    const [session] = await sessionsOf(ada)
    const target = path(token.slice(3, 25), session?.key ?? '')
    const state = async () => [
      (await tokensOf(ada)).map(({ key }) => key),
      (await sessionsOf(ada)).map(({ key }) => key),
    ]
    const before = await state()
    for (const csrf of ['', 'x', other.csrf, ['a', 'b']]) {
      const response = await visitor.post(target, { name: 'forged', scope: 'read:tap', expires: 'never', csrf })
      expect(response.status).toBe(403)
      expect(response.text).toContain('That form was made for another session.')
    }
    expect(await state()).toEqual(before)
  })

  it.each(forms)(
    'to %s does nothing for somebody who is not signed in, or who comes with a token',
    async (_what, path) => {
      const ada = someone()
      const token = await postern.token(ada)
      await signedIn(postern, ada)
      const [session] = await sessionsOf(ada)
      const target = path(token.slice(3, 25), session?.key ?? '')
      const headers = [{}, { Authorization: `Bearer ${token}` }, { Cookie: `postern=${token}` }]
      for (const each of headers) {
        const response = await request(postern.server)
          .post(target)
          .set(each)
          .type('form')
          .send({ name: 'x', expires: 'never' })
        expect(response.status).toBe(303)
        expect(response.headers.location).toBe('/login?rd=http%3A%2F%2F127.0.0.1%3A8080%2Fauth%2Ftokens')
      }
      expect(await tokensOf(ada)).toHaveLength(1)
      expect(await sessionsOf(ada)).toHaveLength(1)
    },
  )
})

describe('pages', () => {
  it('ask whoever is not signed in to do so, and come back', async () => {
    const response = await request(postern.server).get('/auth/tokens/new?name=x')
    expect(response.status).toBe(303)
    const target = encodeURIComponent('http://127.0.0.1:8080/auth/tokens/new?name=x')
    expect(response.headers.location).toBe(`/login?rd=${target}`)
  })

  it('carry a strict policy, and no script or style of their own', async () => {
    const visitor = await signedIn(postern, someone())
    for (const path of ['/auth/tokens', '/auth/tokens/new', '/nowhere']) {
      const page = await visitor.get(path)
      const policy = String(page.headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).not.toContain('unsafe')
      expect(page.text).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i)
      expect(page.headers['cache-control']).toContain('no-store')
    }
  })

  it.each([
    ['/auth/tokens/not-a-key', 404],
    ['/auth/tokens/%00', 404],
    ['/auth/tokens/%E0%A4%A', 400],
    ['/auth/nowhere', 404],
    ['/auth/static/style.css', 404],
  ])('at %s answer %i in words', async (path, status) => {
    const page = await (await signedIn(postern, someone())).get(path)
    expect(page.status).toBe(status)
    expect(page.text).not.toMatch(/\n {4}at |Error:/)
  })

  it('take no form that is too large', async () => {
    const visitor = await signedIn(postern, someone())
    expect((await create(visitor, { name: 'x'.repeat(100_000) })).status).toBe(413)
  })
})
