import { expect, it } from '@jest/globals'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import { expectSentToSignIn } from './support/answers.js'

describeWith(['nginx', 'curl'], 'Pages for browsers', () => {
  const { url, site, weakToken, arrived, get, getWithToken } = useEchoSite()
  const NAVIGATION = ['-H', 'Sec-Fetch-Mode: navigate']

  it.each([
    ['a navigation', NAVIGATION],
    ['a browser that does not say what it does', []],
  ])('send %s to the sign-in page, with the way back', async (_, headers) => {
    const path = '/portal/stars?a=1&b=%26%2F'
    const answer = await get(path, ...headers, '-H', 'Host: evil.example')
    expectSentToSignIn(answer, url(), path)
    expect(arrived()).toEqual([])
  })

  it.each([
    ['a script', ['-H', 'Sec-Fetch-Mode: cors']],
    ['a form, whose content would be lost', [...NAVIGATION, '-d', 'a=1']],
  ])('do not redirect %s', async (_, words) => {
    const answer = await get('/portal/stars', ...words)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toEqual(['Bearer realm="127.0.0.1"'])
    expect(arrived()).toEqual([])
  })

  it('say which scope is missing', async () => {
    const answer = await get('/portal/', '--oauth2-bearer', weakToken(), ...NAVIGATION)
    expect(answer.status).toBe(403)
    expect(answer.headers.get('content-type')).toEqual(['text/html'])
    expect(answer.body).toContain('Your token lacks the scope exec:portal.')
    expect(arrived()).toEqual([])
  })

  it('open for signed-in users, and never see the session', async () => {
    const session = await site().postern.session('ada')
    const answer = await get('/portal/stars', ...NAVIGATION, '-b', `postern=${session}`)
    expect(answer).toMatchObject({ status: 200, body: 'here\n' })
    expect(arrived()).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
    expect(arrived()[0]?.headers).not.toHaveProperty('cookie')
  })

  it('open for clients with a token of the scope', async () => {
    expect(await getWithToken('/portal/stars')).toMatchObject({ status: 200, body: 'here\n' })
  })

  it('include the sign-in page itself', async () => {
    expect((await get('/login')).status).toBe(200)
  })

  it.each([
    '/ingress/auth?scope=read:tap',
    '/ingress/auth/',
    '/ingress',
    '/health',
    '/metrics',
    '/_postern/tap',
    '//ingress/auth',
    '/auth/../ingress/auth',
    '/auth/%2e%2e/ingress/auth',
    '/auth/..%2fingress/auth',
    '/%69ngress/auth',
    '/login/../health',
    '/',
    '/tapestry',
  ])('never include %s', async (path) => {
    expect((await getWithToken(path)).status).toBe(404)
    expect(arrived()).toEqual([])
  })
})
