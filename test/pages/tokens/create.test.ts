import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { signedIn } from '../../support/clients/visitor.js'
import { ASKED } from '../../support/postern.js'
import { create, TOKEN, useSite } from '../support/site.js'

const { site, someone, tokensOf } = useSite()

describe('creating a token', () => {
  it('shows it once, with steps for each program, and nowhere ever after', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const page = await create(visitor)
    expect(page.status).toBe(201)
    expect(page.headers['cache-control']).toContain('no-store')
    const [token = ''] = TOKEN.exec(page.text) ?? []
    const admitted = await request(site().server)
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
    const visitor = await signedIn(site(), ada)
    await create(visitor)
    const again = await create(visitor)
    expect(again.status).toBe(409)
    expect(again.text).not.toMatch(TOKEN)
    expect(again.text).toContain('You already have a token named topcat')
    expect(await tokensOf(ada)).toHaveLength(1)
  })

  it('shows the typed values again after a mistake, with the error beside the field, and creates nothing', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
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
    expect(page.text).toContain('A token must be valid for at least five minutes')
    expect(await tokensOf(ada)).toEqual([])
  })

  it.each<[string, Record<string, string | string[]>, string]>([
    ['no name', { name: '  ' }, 'Give the token a name of 1 to 64 characters'],
    ['a scope that the person lacks', { scope: ['admin:token'] }, 'You cannot give a permission'],
    ['an unknown scope', { scope: ['x'] }, 'A permission is unknown at this site'],
    ['no choice of an end', { expires: '' }, 'Choose when the token expires'],
    ['an invented choice of an end', { expires: '9999d' }, 'Choose when the token expires'],
    ['no date', { expires: 'at', expires_at: '' }, 'Enter a date and a time'],
    ['no date that exists', { expires: 'at', expires_at: '2027-13-45T99:00' }, 'Enter a date and a time'],
    ['a date beyond all calendars', { expires: 'at', expires_at: '20000-01-01T00:00' }, 'Enter a date and a time'],
  ])('with %s is refused', async (_what, fields, sentence) => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const page = await create(visitor, fields)
    expect(page.status).toBe(422)
    expect(page.text).toContain(sentence)
    expect(await tokensOf(ada)).toEqual([])
  })

  it('reads a date in the time zone of its author', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    await create(visitor, { expires: 'at', expires_at: '2031-07-01T12:00', tz_offset: '-120' })
    expect((await tokensOf(ada))[0]?.expires).toBe(Date.UTC(2031, 6, 1, 10) / 1000)
  })

  it.each([
    ['never', undefined],
    ['7d', 7],
    ['90d', 90],
  ])('until %s', async (expires, days) => {
    const ada = someone()
    await create(await signedIn(site(), ada), { expires })
    const [token] = await tokensOf(ada)
    expect(token?.expires).toBe(days === undefined ? undefined : (token?.created ?? 0) + days * 86_400)
  })

  it('is only filled in by a link: no token is created, and scopes that the user lacks are not offered', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const page = await visitor.get('/auth/tokens/new?name=astroquery&scope=read:tap&scope=admin:token&expires=7d')
    expect(page.text).toContain('value="astroquery"')
    expect(page.text).toMatch(/value="read:tap"[^>]*checked/)
    expect(page.text).not.toContain('value="admin:token"')
    expect(await tokensOf(ada)).toEqual([])
  })
})
