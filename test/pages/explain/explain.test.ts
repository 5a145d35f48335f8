import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { create, useSite } from '../support/site.js'

const { site, someone, tokensOf } = useSite({
  services: {
    tap: { at: '/api/tap', requires: 'scope=read:tap&service=tap' },
    admin: { at: '/admin', requires: 'scope=exec:admin' },
    nb: { at: '/nb', requires: 'username=grace' },
  },
})

describe('the page of an address', () => {
  it('names each token of the user as accepted or refused, with the reason, and leads to a form that makes a good one', async () => {
    const visitor = await signedIn(site(), someone())
    await create(visitor, { name: 'weak', scope: ['read:image'] })
    const { status, text } = await visitor.get('/auth/explain?url=%2Fapi%2Ftap%2Fsync')
    expect(status).toBe(200)
    expect(text.split('>weak<')[1]).toMatch(
      /^[\s\S]{0,200}Refused[\s\S]*It lacks the permission <code>read:tap<\/code>\./,
    )
    expect(text).toMatch(
      /This browser&#8217;s session[\s\S]*Accepted[\s\S]*It has the permission <code>read:tap<\/code>\./,
    )
    const [, form = ''] = /href="([^"]*\/auth\/tokens\/new[^"]*)"/.exec(text) ?? []
    const filled = new URL(form.replaceAll('&amp;', '&'))
    const { text: created } = await visitor.get(filled.pathname + filled.search)
    expect(created).toMatch(/value="read:tap"[^>]*checked/)
  })

  it('says which groups give a scope that the user lacks, and offers no form', async () => {
    const visitor = await signedIn(site(), someone())
    const { text } = await visitor.get('/auth/explain?url=/admin')
    expect(text).toMatch(/None of your groups includes <code>exec:admin<\/code>. Members of admins have it\./)
    expect(text).not.toContain('Create a token for this')
  })

  it('says why no token of the user can pass', async () => {
    const visitor = await signedIn(site(), someone())
    expect((await visitor.get('/auth/explain?url=/nb')).text).toContain('This belongs to the user grace.')
  })

  it('says that no service is known there', async () => {
    const visitor = await signedIn(site(), someone())
    expect((await visitor.get('/auth/explain?url=/nowhere')).text).toContain('No service is known at this address')
  })

  it('names of the sessions the browser’s own alone, and no token that was delegated', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const elsewhere = await site().session(ada)
    const given = await request(site().server)
      .get('/ingress/auth?scope=read:tap&delegate_to=jobs&delegate_scope=read:tap')
      .set({ 'X-Original-URL': 'http://127.0.0.1:8080/x', 'X-Original-Method': 'GET', Cookie: `postern=${elsewhere}` })
    expect(given.headers['x-auth-request-token']).toMatch(/^gt-/)
    const { text } = await visitor.get('/auth/explain?url=/api/tap')
    expect(text).toContain('This browser&#8217;s session')
    for (const each of [elsewhere.slice(3, 25), 'jobs']) expect(text).not.toContain(each)
  })

  it('is about the page that led to it, where a proxy refused that one', async () => {
    const visitor = await signedIn(site(), someone())
    const from = (referer: string) => visitor.agent.get('/auth/explain').set('Referer', referer)
    const site8080 = site().context.settings.baseUrl.origin
    expect((await from(`${site8080}/api/tap/tables`)).text).toContain('It has the permission <code>read:tap</code>.')
    for (const other of [`${site8080}/auth/tokens`, 'https://evil.example.org/api/tap', 'no address'])
      expect((await from(other)).text).not.toContain('It has the permission')
  })

  it('sends a visitor who is not signed in to sign in, and back', async () => {
    const visitor = new Visitor(site())
    const { status, headers } = await visitor.get('/auth/explain?url=/api/tap')
    expect(status).toBe(303)
    const back = new URL(headers.location ?? '', 'http://site').searchParams.get('rd') ?? ''
    expect(back).toBe(`${site().context.settings.baseUrl.origin}/auth/explain?url=/api/tap`)
  })

  it.each([
    ['url=ftp://x', 'Give an address such as /api/tap'],
    ['url=nonsense', 'Give an address such as /api/tap'],
  ])('says what is wrong with %s', async (query, message) => {
    const visitor = await signedIn(site(), someone())
    const { status, text } = await visitor.get(`/auth/explain?${query}`)
    expect([status, text.includes(message)]).toEqual([422, true])
  })
})

describe('the dry run of administrators', () => {
  it('judges another user’s tokens and a new session of theirs, at an instant, from an address, by any requirement', async () => {
    const grace = await signedIn(site(), someone(), ['users', 'admins'])
    const ada = someone()
    const token = await site().token(ada, { name: 'short-lived', expires: site().now() + 3600 })
    expect(token).toMatch(/^gt-/)
    const ask = (query: string) =>
      grace.get(`/auth/explain?requirement=${encodeURIComponent('scope=read:tap')}&user=${ada}${query}`)
    expect((await ask('')).text).toMatch(/A new session[\s\S]*Accepted[\s\S]*short-lived[\s\S]*Accepted/)
    expect((await ask('&at=2099-01-01')).text).toMatch(/short-lived[\s\S]*Refused[\s\S]*It expired on/)
  })

  it('shows no session of the other user, and leads to no form: none makes a token for another', async () => {
    const grace = await signedIn(site(), someone(), ['users', 'admins'])
    const ada = someone()
    await site().token(ada, { name: 'of-ada' })
    const session = await site().session(ada)
    const { text } = await grace.get(`/auth/explain?url=/api/tap&user=${ada}`)
    expect(text).toContain('of-ada')
    expect(text).not.toContain(session.slice(3, 25))
    expect(text).not.toContain('/auth/tokens/new')
  })

  it('says what is wrong with each field, and explains nothing', async () => {
    const grace = await signedIn(site(), someone(), ['users', 'admins'])
    const wrong = 'url=/api/tap&user=Ada+L&requirement=satisfy%3Dsome&address=here&at=soon'
    const { status, text } = await grace.get(`/auth/explain?${wrong}`)
    expect(status).toBe(422)
    for (const message of ['A user name has', 'Give an address, such as 192.0.2.7', 'Give a date'])
      expect(text).toContain(message)
    expect(text).not.toContain('It has the permission')
  })

  it('is not for other users: their fields are ignored, and show nobody’s tokens', async () => {
    const ada = someone()
    await site().token(ada, { name: 'private-of-ada' })
    const mallory = await signedIn(site(), someone())
    const { text } = await mallory.get(`/auth/explain?url=/api/tap&user=${ada}`)
    expect(text).not.toContain('private-of-ada')
    expect(text).not.toContain('For another user')
    for (const field of ['requirement=scope%3Dread:image', 'at=2099-01-01', 'address=192.0.2.9', 'at=soon']) {
      const answer = await mallory.get(`/auth/explain?url=/api/tap&${field}`)
      expect([answer.status, answer.text.includes('This browser&#8217;s session')]).toEqual([200, true])
      expect(answer.text).toMatch(/It has the permission <code>read:tap<\/code>\./)
      expect(answer.text).not.toMatch(/It expired|read:image/)
    }
    expect(await tokensOf(ada)).toHaveLength(1)
  })
})
