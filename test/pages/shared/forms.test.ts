import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { signedIn } from '../../support/clients/visitor.js'
import { create, useSite } from '../support/site.js'

const { site, someone, tokensOf, sessionsOf } = useSite()

describe('every form', () => {
  const forms: [string, (key: string, session: string) => string][] = [
    ['create', () => '/auth/tokens'],
    ['edit', (key) => `/auth/tokens/${key}/edit`],
    ['revoke', (key) => `/auth/tokens/${key}/revoke`],
    ['rotate', (key) => `/auth/tokens/${key}/rotate`],
    ['end a session', (_key, session) => `/auth/sessions/${session}/end`],
    ['end the other sessions', () => '/auth/sessions/end-others'],
    ['sign out', () => '/logout'],
  ]

  it.each(forms)('to %s does nothing without the CSRF token of this very session', async (_what, path) => {
    const ada = someone()
    const token = await site().token(ada)
    const [visitor, other] = [await signedIn(site(), ada), await signedIn(site(), ada)]
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
      expect(response.text).toContain('This form belongs to an earlier session.')
    }
    expect(await state()).toEqual(before)
  })

  it.each(forms)('to %s does nothing for an anonymous client, or one that sends a token', async (_what, path) => {
    const ada = someone()
    const token = await site().token(ada)
    await signedIn(site(), ada)
    const [session] = await sessionsOf(ada)
    const target = path(token.slice(3, 25), session?.key ?? '')
    const headers = [{}, { Authorization: `Bearer ${token}` }, { Cookie: `postern=${token}` }]
    for (const each of headers) {
      const response = await request(site().server)
        .post(target)
        .set(each)
        .type('form')
        .send({ name: 'x', expires: 'never' })
      expect(response.status).toBe(303)
      expect(response.headers.location).toBe('/login?rd=http%3A%2F%2F127.0.0.1%3A8080%2Fauth%2Ftokens')
    }
    expect(await tokensOf(ada)).toHaveLength(1)
    expect(await sessionsOf(ada)).toHaveLength(1)
  })
})

describe('pages', () => {
  it('redirect anonymous users to the sign-in page, and back', async () => {
    const response = await request(site().server).get('/auth/tokens/new?name=x')
    expect(response.status).toBe(303)
    const target = encodeURIComponent('http://127.0.0.1:8080/auth/tokens/new?name=x')
    expect(response.headers.location).toBe(`/login?rd=${target}`)
  })

  it('carry a strict policy, and no script or style of their own', async () => {
    const visitor = await signedIn(site(), someone())
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
    const page = await (await signedIn(site(), someone())).get(path)
    expect(page.status).toBe(status)
    expect(page.text).not.toMatch(/\n {4}at |Error:/)
  })

  it('take no form that is too large', async () => {
    const visitor = await signedIn(site(), someone())
    expect((await create(visitor, { name: 'x'.repeat(100_000) })).status).toBe(413)
  })
})
