import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { signedIn } from '../../support/clients/visitor.js'
import { ASKED } from '../../support/postern.js'
import { create, TOKEN, useSite } from '../support/site.js'

const { site, someone, tokensOf } = useSite({ tokenPolicy: { user: { maximum: '60d' } } })
const DAY = 86_400

const works = async (token: string) => {
  const answer = await request(site().server)
    .get('/ingress/auth')
    .set({ ...ASKED, Authorization: `Bearer ${token}` })
  return answer.status === 200
}

/** A user with a token of 30 days, as the form makes it. */
async function owner() {
  const ada = someone()
  const visitor = await signedIn(site(), ada)
  const [token = ''] = TOKEN.exec((await create(visitor)).text) ?? []
  return { ada, visitor, token, page: `/auth/tokens/${token.slice(3, 25)}` }
}

describe('rotating a token', () => {
  it('asks how long the old one works on, shows the new one once, and keeps the name for it', async () => {
    const { ada, visitor, token, page } = await owner()
    expect((await visitor.get(page)).text).toContain(`href="${page}/rotate"`)
    const form = await visitor.get(`${page}/rotate`)
    expect([...form.text.matchAll(/name="overlap"[^>]* value="(\d+)"/g)].map(([, value]) => value)).toEqual([
      '0',
      '3600',
      '86400',
      '604800',
    ])
    expect(form.text).toMatch(/value="86400" checked/)
    expect((await visitor.get(`${page}/rotate?overlap=0`)).text).toMatch(/value="0" checked/)
    const done = await visitor.post(`${page}/rotate`, { overlap: '3600', renew: 'no' })
    expect(done.status).toBe(201)
    const [fresh = ''] = TOKEN.exec(done.text) ?? []
    expect(await Promise.all([token, fresh].map(works))).toEqual([true, true])
    const tokens = await tokensOf(ada)
    expect(tokens.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['topcat', `topcat (old ${token.slice(3, 11)})`]),
    )
    const rows = (await visitor.get('/auth/tokens')).text.split('<tr ').slice(1)
    expect(
      rows
        .map((row) => [row.includes('(old '), row.includes('Replaced')])
        .slice(0, 2)
        .sort(),
    ).toEqual([
      [false, false],
      [true, true],
    ])
    const old = await visitor.get(page)
    expect(old.text).toContain(`href="/auth/tokens/${fresh.slice(3, 25)}">topcat</a> instead`)
    expect(old.text).not.toContain('Rotate&#8230;')
    site().advance(3601)
    expect(await Promise.all([token, fresh].map(works))).toEqual([false, true])
  })

  it('can end the old one at once, and keep its end or renew it', async () => {
    const [kept, renewed] = [await owner(), await owner()]
    const endOf = async ({ ada }: typeof kept) => (await tokensOf(ada))[0]?.expires ?? 0
    const [first, now] = [await endOf(kept), site().now()]
    site().advance(20 * DAY)
    await kept.visitor.post(`${kept.page}/rotate`, { overlap: '0', renew: 'no' })
    await renewed.visitor.post(`${renewed.page}/rotate`, { overlap: '0', renew: 'yes' })
    expect(await works(kept.token)).toBe(false)
    expect(await endOf(kept)).toBe(first)
    expect(Math.round(((await endOf(renewed)) - now) / DAY)).toBe(50)
  })

  it('without an answer, or with one that is not offered, is refused beside the question, and changes nothing', async () => {
    const { ada, visitor, token, page } = await owner()
    const before = await tokensOf(ada)
    for (const overlap of ['', '7200', '-1', 'x']) {
      const answer = await visitor.post(`${page}/rotate`, { overlap, renew: 'yes' })
      expect(answer.status).toBe(422)
      expect(answer.text).toContain('Choose how long the old token keeps working.')
      expect(TOKEN.test(answer.text)).toBe(false)
    }
    expect(await tokensOf(ada)).toEqual(before)
    expect(await works(token)).toBe(true)
  })

  it('of another user, or of an ended token, is answered as not found, and changes nothing', async () => {
    const { ada, token, page } = await owner()
    const mallory = await signedIn(site(), someone())
    for (const answer of [await mallory.get(`${page}/rotate`), await mallory.post(`${page}/rotate`, { overlap: '0' })])
      expect(answer.status).toBe(404)
    expect(await tokensOf(ada)).toHaveLength(1)
    expect(await works(token)).toBe(true)
    const { visitor, page: gone } = await owner()
    await visitor.post(`${gone}/revoke`)
    expect((await visitor.post(`${gone}/rotate`, { overlap: '0' })).status).toBe(404)
  })

  it('asks an administrator whose sign-in is old to sign in again, and changes nothing', async () => {
    const root = someone()
    const visitor = await signedIn(site(), root, ['users', 'admins'])
    const [token = ''] = TOKEN.exec((await create(visitor)).text) ?? []
    site().advance(3600)
    const answer = await visitor.post(`/auth/tokens/${token.slice(3, 25)}/rotate`, { overlap: '0' })
    expect([answer.status, answer.text.includes('Sign in again')]).toEqual([403, true])
    expect(await works(token)).toBe(true)
    expect(await tokensOf(root)).toHaveLength(1)
  })
})
