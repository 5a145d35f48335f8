import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import request, { type Agent, type Response } from 'supertest'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { type GithubStandIn, startGithubStandIn } from '../support/peers/github-stand-in.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { type Site, startSite } from '../support/site.js'

describeWith(['nginx'], 'With GitHub, behind nginx', () => {
  let github: GithubStandIn
  let echo: Echo
  let site: Site
  let browser: Agent

  beforeAll(async () => {
    const port = await freePort()
    github = await startGithubStandIn(`http://127.0.0.1:${port}/login`)
    const teams = [{ id: 42, slug: 'astronomers', organization: { login: 'Acme' } }]
    github.visitor = { login: 'Ada', id: 1815, name: 'Ada Lovelace', emails: [], teams }
    echo = await startEcho()
    site = await startSite({
      port,
      tapPort: echo.port,
      settings: {
        github: { clientId: github.clientId, clientSecret: github.clientSecret, url: github.url },
        groupMapping: { 'read:tap': ['acme-astronomers'], 'exec:portal': ['acme-astronomers'] },
      },
    })
  })
  beforeEach(() => {
    browser = request.agent(site.url)
  })
  afterAll(async () => {
    await site?.stop()
    await echo?.stop()
    await github?.stop()
  })

  /** As a browser asks, through all redirects: the site's, with its cookies, and GitHub's. */
  async function ask(path: string, form?: Record<string, string>): Promise<Response> {
    const { pathname, search } = new URL(path, site.url)
    const asked = form ? browser.post(pathname).type('form').send(form) : browser.get(`${pathname}${search}`)
    const answer = await asked.set('Sec-Fetch-Mode', 'navigate').set('Sec-Fetch-Site', form ? 'same-origin' : 'none')
    const next = answer.headers.location
    if (next === undefined) return answer
    if (!next.startsWith(github.url)) return ask(next)
    const back = await fetch(next, { redirect: 'manual' })
    return ask(back.headers.get('location') ?? '/')
  }

  const csrfOf = (html: string) => /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''

  it('a user comes from a protected page through GitHub back to it, creates a token that nginx admits, and signs out', async () => {
    const portal = await ask('/portal/stars')
    expect([portal.status, portal.text]).toEqual([200, 'here\n'])
    const { headers } = echo.arrivals.at(-1) ?? { headers: {} }
    expect(headers).toMatchObject({ 'x-auth-request-user': 'ada' })
    expect(headers).not.toHaveProperty('cookie')

    const csrf = csrfOf((await ask('/auth/tokens/new')).text)
    const made = await ask('/auth/tokens', { csrf, name: 'topcat', scope: 'read:tap', expires: '7d' })
    const [token = ''] = /gt-[\w-]{22}\.[\w-]{22}/.exec(made.text) ?? []
    const tap = await request(site.url).get('/tap/sync').set('Authorization', `Bearer ${token}`)
    expect([tap.status, tap.text]).toEqual([200, 'here\n'])

    expect(github.grants.size).toBe(1)
    await ask('/logout', { csrf: csrfOf((await ask('/logout')).text) })
    expect(github.grants.size).toBe(0)
    const after = await browser.get('/portal/stars').set('Sec-Fetch-Mode', 'navigate')
    expect([after.status, after.headers.location]).toEqual([302, expect.stringMatching(/\/login\?rd=/)])
  })
})
