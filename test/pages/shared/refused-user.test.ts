import { describe, expect, it } from '@jest/globals'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { useSite } from '../support/site.js'

const { site, someone } = useSite()

const headingOf = (html: string) => /<h1[^>]*>([^<]*)<\/h1>/.exec(html)?.[1]

describe('A signed-in user who is refused', () => {
  it.each([
    ['an address that is not there', 'GET', '/auth/nope', 404],
    ['a token of another user', 'GET', '/auth/tokens/AAAAAAAAAAAAAAAAAAAAAA', 404],
    ['the pages for administrators', 'GET', '/auth/admin', 404],
    ['a page for administrators that is not there', 'GET', '/auth/admin/nope', 404],
    ['a method that an address does not take', 'PUT', '/auth/tokens', 405],
    ['a malformed address', 'GET', '/auth/tokens/%E0%A4%A', 400],
  ])('still has the user menu: %s', async (_what, method, path, status) => {
    const username = someone()
    const user = await signedIn(site(), username)
    const answer = await (method === 'PUT' ? user.agent.put(path) : user.get(path))
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(`class="menu-name">${username}<`)
    // The menu works: it signs out.
    expect((await user.post('/logout')).status).toBe(303)
    expect((await user.get('/auth/tokens')).status).toBe(303)
  })

  it('reads that the pages below /auth/admin are for administrators, whether or not there is such a page', async () => {
    const user = await signedIn(site(), someone())
    const pages = await Promise.all(
      ['', '/history', '/nope', '/users/root'].map((path) => user.get(`/auth/admin${path}`)),
    )
    expect(new Set(pages.map(({ text }) => text.replace(/<p class="only-printed">.*/, ''))).size).toBe(1)
    expect(headingOf(pages[0]?.text ?? '')).toBe('You do not have access')
    expect(headingOf((await user.get('/auth/administration')).text)).not.toBe('You do not have access')
  })

  it('is an administrator, and reads of a page that is not there that it is not there', async () => {
    const administrator = await signedIn(site(), someone(), ['admins', 'users'])
    const answer = await administrator.get('/auth/admin/nope')
    expect(answer.status).toBe(404)
    expect(headingOf(answer.text)).not.toBe('You do not have access')
    expect(answer.text).toContain('class="menu-name"')
  })
})

it('A visitor without a session has no menu, and reads nothing of administrators', async () => {
  const answers = await Promise.all(['/auth/nope', '/auth/admin'].map((path) => new Visitor(site()).get(path)))
  expect(answers.map(({ status, text }) => [status, text.includes('menu-name')])).toEqual([
    [404, false],
    [404, false],
  ])
  expect(answers[0]?.text).toBe(answers[1]?.text)
})
