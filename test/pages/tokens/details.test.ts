import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import type { TokenKey } from '../../../server/core/token/token.js'
import { appendUses } from '../../../server/storage/postgres/token-use-log.js'
import { signedIn } from '../../support/clients/visitor.js'
import { ASKED } from '../../support/postern.js'
import { useSite } from '../support/site.js'

const { site, someone } = useSite()

describe('where a token was used', () => {
  const useFrom = async (token: string, address: string, client: string) => {
    await request(site().server)
      .get('/ingress/auth')
      .set({ ...ASKED, Authorization: `Bearer ${token}`, 'X-Forwarded-For': address, 'User-Agent': client })
    await site().context.usage.flush(site().context)
  }
  const placesOf = (html: string) =>
    [...html.matchAll(/class="use-(?:from|with)">([^<]+)</g)].map(([, text = '']) => text.trim())

  const countsOf = (html: string) =>
    [...html.matchAll(/<span class="use-label">[^<]+<\/span>([^<]+)</g)].map(([, text = '']) => text.trim())

  it('is on its page, each place and program once, the latest first, also when it has ended', async () => {
    const ada = someone()
    const token = await site().token(ada)
    const visitor = await signedIn(site(), ada)
    const page = `/auth/tokens/${token.slice(3, 25)}`
    expect((await visitor.get(page)).text).toContain('Not used yet.')
    await useFrom(token, '192.0.2.7', 'TOPCAT')
    site().advance(86_400)
    await useFrom(token, '198.51.100.1', '<b>curl')
    await useFrom(token, '192.0.2.7', 'TOPCAT')
    await useFrom(token, '192.0.2.7', 'TOPCAT')
    site().advance(60)
    await useFrom(token, '198.51.100.1', '<b>curl')
    const { text } = await visitor.get(page)
    expect(placesOf(text)).toEqual(['198.51.100.1', '&lt;b&gt;curl', '192.0.2.7', 'TOPCAT'])
    expect(countsOf(text)).toEqual(['2', '3'])
    await site().revoke(token)
    expect(placesOf((await visitor.get(page)).text)).toHaveLength(4)
  })

  it('names twenty places, and says when there are more', async () => {
    const ada = someone()
    const token = await site().token(ada)
    const visitor = await signedIn(site(), ada)
    const page = `/auth/tokens/${token.slice(3, 25)}`
    for (let last = 1; last <= 20; last++) await useFrom(token, `192.0.2.${last}`, 'TOPCAT')
    expect((await visitor.get(page)).text).not.toContain('There are more.')
    await useFrom(token, '192.0.2.21', 'TOPCAT')
    const { text } = await visitor.get(page)
    expect(placesOf(text)).toHaveLength(40)
    expect(text).toContain('There are more.')
  })

  it('is hidden from other users', async () => {
    const [ada, mallory] = [someone(), someone()]
    const token = await site().token(ada)
    await useFrom(token, '192.0.2.77', 'TOPCAT')
    const page = await (await signedIn(site(), mallory)).get(`/auth/tokens/${token.slice(3, 25)}`)
    expect([page.status, page.text.includes('192.0.2.77')]).toEqual([404, false])
  })

  it('is marked as new for a week where it appeared lately, but for the first place of all, with a way out', async () => {
    const ada = someone()
    const token = await site().token(ada)
    const visitor = await signedIn(site(), ada)
    const page = `/auth/tokens/${token.slice(3, 25)}`
    const newPlaces = async () => {
      const { text } = await visitor.get(page)
      return [...text.matchAll(/class="use-from">([\d.]+) <strong[^>]*>New</g)].map(([, address]) => address)
    }
    await useFrom(token, '192.0.2.7', 'TOPCAT')
    expect(await newPlaces()).toEqual([])
    site().advance(86_400)
    await useFrom(token, '192.0.2.99', 'TOPCAT')
    await useFrom(token, '203.0.113.5', 'TOPCAT')
    expect(await newPlaces()).toEqual(['203.0.113.5'])
    expect((await visitor.get(page)).text).toContain(`<a class="button" href="${page}/rotate?overlap=0">`)
    site().advance(7 * 86_400 + 60)
    expect(await newPlaces()).toEqual([])
    expect((await visitor.get(page)).text).not.toContain('?overlap=0')
  })

  it('has a picture of its days, with a sentence for readers who do not see it, and counts with separators', async () => {
    const ada = someone()
    const token = await site().token(ada)
    const [key, at] = [token.slice(3, 25) as TokenKey, site().now()]
    const place = { token: key, username: ada, address: '192.0.2.7', client: 'curl' }
    const uses = [
      { ...place, first: at - 86_400, last: at - 86_400, count: 26_583 },
      { ...place, first: at, last: at, count: 1 },
    ]
    const { postgres } = site().context
    await postgres.transactionOfMany((statements) => appendUses(statements, uses, 20))
    const { text } = await (await signedIn(site(), ada)).get(`/auth/tokens/${key}`)
    expect(text).toContain('aria-label="Used on 2 of the last 90 days, at most 26,583 times a day."')
    expect(text).toContain('26,584 requests on 2 of 90 days')
    expect(text).toContain('aria-label="Used on 2 of 90 days"')
    expect(countsOf(text)).toEqual(['26,584'])
  })
})

it('leads to the form for another token with the same permissions', async () => {
  const ada = someone()
  const key = (await site().token(ada, { scopes: ['read:tap', 'read:image'] })).slice(3, 25)
  const visitor = await signedIn(site(), ada)
  const [, link = ''] = /href="([^"]+)">Duplicate</.exec((await visitor.get(`/auth/tokens/${key}`)).text) ?? []
  const form = (await visitor.get(link.replaceAll('&amp;', '&'))).text
  expect(form).toMatch(/value="read:tap"[^>]*checked/)
  expect(form).toMatch(/value="read:image"[^>]*checked/)
  expect(form).toMatch(/value="never"[^>]*checked/)
})

it('leads to the steps for its use, which stay readable', async () => {
  const ada = someone()
  const key = (await site().token(ada, { name: 'topcat', scopes: ['read:tap'] })).slice(3, 25)
  const visitor = await signedIn(site(), ada)
  const [, link = ''] = /href="([^"]+)">How to use</.exec((await visitor.get(`/auth/tokens/${key}`)).text) ?? []
  expect(link).toBe(`/auth/help/use?token=${key}`)
  const steps = await visitor.get(link)
  expect([steps.status, steps.text.includes('topcat')]).toEqual([200, true])
})

it('names what came from the token, with its page where that is the owner’s', async () => {
  const ada = someone()
  const token = await site().token(ada, { name: 'maker', scopes: ['user:token', 'read:tap'] })
  await request(site().server)
    .get('/ingress/auth?delegate_to=tap&delegate_scope=read:tap')
    .set({ ...ASKED, Authorization: `Bearer ${token}` })
  const made = await request(site().server)
    .post(`/auth/api/v1/users/${ada}/tokens`)
    .set('Authorization', `Bearer ${token}`)
    .send({ token_name: 'made', scopes: ['read:tap'] })
  const { text } = await (await signedIn(site(), ada)).get(`/auth/tokens/${token.slice(3, 25)}`)
  const [, came = ''] = /<ul class="came-from">([\s\S]*?)<\/ul>/.exec(text) ?? []
  expect(came).toContain('Token for tap')
  expect(came).toContain(`<a href="/auth/tokens/${made.body.token.slice(3, 25)}">made</a>, created with it`)
})
