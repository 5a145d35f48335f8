import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { personTopic } from '../../../server/storage/cache/topic.js'
import { signedIn } from '../../support/clients/visitor.js'
import { ASKED } from '../../support/postern.js'
import { giveTokens, walk } from '../support/many-tokens.js'
import { create, TOKEN, useSite } from '../support/site.js'

const { site, someone, tokensOf } = useSite()

describe('revoking a token', () => {
  it('asks with its name, then ends it, and says so', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    const [token = ''] = TOKEN.exec((await create(visitor)).text) ?? []
    const key = token.slice(3, 25)
    expect((await visitor.get(`/auth/tokens/${key}/revoke`)).text).toContain('topcat')
    expect(await tokensOf(ada)).toHaveLength(1)
    const done = await visitor.post(`/auth/tokens/${key}/revoke`)
    expect(done.headers.location).toBe(`/auth/tokens?revoked=${key}`)
    expect((await visitor.get(done.headers.location ?? '')).text).toContain('topcat</a> was revoked.')
    expect(await tokensOf(ada)).toEqual([])
    const details = await visitor.get(`/auth/tokens/${key}`)
    expect(details.status).toBe(200)
    expect(details.text).toContain('revoked')
  })

  it('of another user is answered as not found, and changes nothing', async () => {
    const [ada, mallory] = [someone(), someone()]
    const token = await site().token(ada)
    const key = token.slice(3, 25)
    const visitor = await signedIn(site(), mallory)
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
    await site().account(ada)
    await giveTokens(site(), ada, 250)
    const { names, sizes } = await walk(await signedIn(site(), ada), '/auth/tokens')
    expect(names).toEqual(Array.from({ length: 250 }, (_, index) => `token ${index + 1}`))
    expect(sizes).toEqual([100, 100, 50])
  })
})

describe('editing a token', () => {
  it('offers its present values, saves a narrower token, and records it in the history', async () => {
    const ada = someone()
    const key = (await site().token(ada, { name: 'wide', scopes: ['read:tap', 'read:image'] })).slice(3, 25)
    const visitor = await signedIn(site(), ada)
    const form = await visitor.get(`/auth/tokens/${key}/edit`)
    expect(form.text).toMatch(/value="read:image"[^>]*checked/)
    expect(form.text).not.toContain('exec:portal')
    const done = await visitor.post(`/auth/tokens/${key}/edit`, { name: 'narrow', scope: 'read:tap', expires: '7d' })
    expect(done.headers.location).toBe(`/auth/tokens/${key}`)
    expect((await tokensOf(ada))[0]).toMatchObject({ name: 'narrow', scopes: ['read:tap'] })
    const details = (await visitor.get(`/auth/tokens/${key}`)).text.replace(/<[^>]+>/g, '')
    expect(details).toContain(
      'You renamed it from wide to narrow. You narrowed it from read:image and read:tap to read:tap',
    )
  })

  it('to more than it has is refused beside the field, and changes nothing', async () => {
    const ada = someone()
    const key = (await site().token(ada, { name: 'small' })).slice(3, 25)
    const visitor = await signedIn(site(), ada)
    const page = await visitor.post(`/auth/tokens/${key}/edit`, {
      name: 'small',
      scope: ['read:tap', 'read:image'],
      expires: 'never',
    })
    expect(page.status).toBe(422)
    expect(page.text).toContain('You cannot add permissions to a token')
    expect((await tokensOf(ada))[0]?.scopes).toEqual(['read:tap'])
  })

  it('of another user, or an expired one, is answered as not found', async () => {
    const [ada, mallory] = [someone(), someone()]
    const key = (await site().token(ada)).slice(3, 25)
    const visitor = await signedIn(site(), mallory)
    const fields = { name: 'stolen', scope: 'read:tap', expires: 'never' }
    expect((await visitor.get(`/auth/tokens/${key}/edit`)).status).toBe(404)
    expect((await visitor.post(`/auth/tokens/${key}/edit`, fields)).status).toBe(404)
    expect((await tokensOf(ada))[0]?.name).not.toBe('stolen')
  })
})

describe('notebook and service tokens', () => {
  it('are listed under what they came from, are named where that is revoked, and can be ended by themselves', async () => {
    const ada = someone()
    const parent = await site().token(ada, { name: 'pipeline' })
    const ask = (query: string, token: string) =>
      request(site().server)
        .get(`/ingress/auth?${query}`)
        .set({ ...ASKED, Authorization: `Bearer ${token}` })
    const child = String((await ask('delegate_to=tap', parent)).headers['x-auth-request-token'])
    const grandchild = String((await ask('notebook=true', child)).headers['x-auth-request-token'])
    const visitor = await signedIn(site(), ada)
    const list = (await visitor.get('/auth/tokens')).text.replace(/<[^>]+>/g, '')
    expect(list).toContain('Token for tap')
    expect(list).toContain('Notebook token')
    expect(list).toContain('From pipeline')
    const question = (await visitor.get(`/auth/tokens/${parent.slice(3, 25)}/revoke`)).text
    expect(question).toContain('1 token for tap')
    expect(question).toContain('1 notebook token')
    const asked = (await visitor.get(`/auth/sessions/${child.slice(3, 25)}/end`)).text.replace(/<[^>]+>/g, '')
    for (const fact of ['Revoke Token for tap?', 'pipeline', '1 notebook token']) expect(asked).toContain(fact)
    expect((await ask('', child)).status).toBe(200)
    await visitor.post(`/auth/sessions/${child.slice(3, 25)}/end`)
    expect((await ask('', child)).status).toBe(401)
    expect((await ask('', grandchild)).status).toBe(401)
    expect((await ask('', parent)).status).toBe(200)
  })
})

it('a token is not shown with scopes that its owner’s groups no longer give', async () => {
  const ada = someone()
  const visitor = await signedIn(site(), ada, ['users', 'admins'])
  await create(visitor, { scope: ['exec:admin', 'read:tap'] })
  const [made] = await tokensOf(ada)
  const page = (path = '/auth/tokens') => visitor.get(path).then(({ text }) => text)
  expect(await page()).not.toContain('(inactive)')
  const { postgres, invalidations } = site().context
  await postgres.prisma.groupMember.deleteMany({ where: { username: ada, group: 'admins' } })
  await invalidations.publish([personTopic(ada)])
  const text = await page()
  expect(text).toContain('<s><code>exec:admin</code></s><span class="visually-hidden"> (inactive)</span>')
  expect(text).toContain('Crossed-out permissions are inactive')
  expect(text).not.toContain('<s><code>read:tap</code></s>')
  const own = await page(`/auth/tokens/${made?.key}`)
  expect(own).toContain('<s><code>exec:admin</code></s><span class="visually-hidden"> (inactive)</span>')
  expect(own).toContain('Crossed-out permissions are inactive')
  expect(own).not.toContain('<s><code>read:tap</code></s>')
  const form = await visitor.get('/auth/tokens/new')
  expect(form.text).toContain('value="read:tap"')
  expect(form.text).not.toContain('value="exec:admin"')
})
