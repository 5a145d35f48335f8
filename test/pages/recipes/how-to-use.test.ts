import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { signedIn } from '../../support/clients/visitor.js'
import { create, TOKEN, useSite } from '../support/site.js'

const { site, someone, tokensOf } = useSite({ services: { tap: { at: '/api/tap', requires: 'scope=read:tap' } } })

const tabsOf = (html: string) => [...html.matchAll(/<a href="#use-([\w-]+)">/g)].map(([, id]) => id)

describe('the page on how to use a token', () => {
  it('has all recipes of the site for visitors, with a word in the place of the token', async () => {
    const { status, text } = await request(site().server).get('/auth/help/use')
    expect(status).toBe(200)
    expect(tabsOf(text)).toEqual(expect.arrayContaining(['topcat', 'stilts', 'pyvo', 'curl', 'netrc', 'jupyter', 'r']))
    expect(text).toContain('<code>YOUR_TOKEN</code>')
    expect(text).not.toMatch(TOKEN)
    expect(text).not.toContain('class="menu"')
  })

  it('is narrowed to what a token of its user can do, and begins with the program that it was named for', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    await create(visitor, { name: 'wget-images', scope: ['read:image'] })
    const [token] = await tokensOf(ada)
    const { text } = await visitor.get(`/auth/help/use?token=${token?.key}`)
    expect(text).toContain('<strong>wget-images</strong>')
    expect(tabsOf(text)[0]).toBe('wget')
    expect(tabsOf(text)).not.toContain('topcat')
    expect(text).toContain('class="menu"')
  })

  it('says nothing of the tokens of other users', async () => {
    const ada = someone()
    await create(await signedIn(site(), ada), { name: 'secret-name', scope: ['read:image'] })
    const [token] = await tokensOf(ada)
    for (const get of [
      (path: string) => request(site().server).get(path),
      (path: string) => signedIn(site(), someone()).then((visitor) => visitor.get(path)),
    ]) {
      const { status, text } = await get(`/auth/help/use?token=${token?.key}`)
      expect(status).toBe(200)
      expect(text).not.toContain('secret-name')
      expect(tabsOf(text)).toContain('topcat')
    }
  })

  it('is named by the page that explains a refusal, for a token that the service accepts', async () => {
    const ada = someone()
    const visitor = await signedIn(site(), ada)
    await create(visitor, { name: 'topcat', scope: ['read:tap'] })
    const [token] = await tokensOf(ada)
    const { text } = await visitor.get('/auth/explain?url=/api/tap')
    expect(text).toContain(`href="/auth/help/use?token=${token?.key}"`)
  })

  it('is named by the list of tokens, also where there is none yet', async () => {
    const visitor = await signedIn(site(), someone())
    const LINK = '<a class="button" href="/auth/help/use">'
    expect((await visitor.get('/auth/tokens')).text).toContain(LINK)
    await create(visitor)
    expect((await visitor.get('/auth/tokens')).text).toContain(LINK)
  })

  it('is one click from each page', async () => {
    const visitor = await signedIn(site(), someone())
    for (const path of ['/auth/tokens', '/auth/account', '/auth/explain'])
      expect((await visitor.get(path)).text).toContain('href="/auth/help/use"')
  })
})
