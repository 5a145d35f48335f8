import type { ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { SignInFailure } from '../../../server/login/failure.js'
import { GithubProvider } from '../../../server/login/providers/github/provider.js'
import { openLog } from '../../../server/operate/observability/log.js'
import { Visitor } from '../../support/clients/visitor.js'
import { complain, send } from '../../support/peers/github-stand-in.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import { github, goThrough, postern, SITE, TEAM } from './support/github-site.js'

const limited = (response: ServerResponse) => {
  response.setHeader('X-RateLimit-Remaining', '0')
  complain(response, 403, 'API rate limit exceeded for user ID 1815.')
}

describe('a sign-in with GitHub is refused, with a page and without a session, when', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['its code is not good',          '/login/oauth/access_token', (r: ServerResponse) => send(r, 200, { error: 'bad_verification_code', error_description: 'secret-detail' }), 'sign_in_lost', 403, /bad_verification_code/],
    ['our secret is not good',        '/login/oauth/access_token', (r: ServerResponse) => send(r, 200, { error: 'incorrect_client_credentials' }), 'provider_failed', 502, /incorrect_client_credentials/],
    ['an error is no word',           '/login/oauth/access_token', (r: ServerResponse) => send(r, 200, { error: '<script>' }), 'provider_failed', 502, /something else/],
    ['it grants nothing',             '/login/oauth/access_token', (r: ServerResponse) => send(r, 200, { token_type: 'bearer' }), 'provider_failed', 502, /access_token/],
    ['it answers with a form',        '/login/oauth/access_token', (r: ServerResponse) => r.end('access_token=gho_x&scope='), 'provider_failed', 502, /not JSON/],
    ['it is down',                    '/login/oauth/access_token', (r: ServerResponse) => r.writeHead(503).end('<html>Unicorn!'), 'provider_unreachable', 503, /503/],
    ['it sends us elsewhere',         '/login/oauth/access_token', (r: ServerResponse) => r.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(), 'provider_failed', 502, /302/],
    ['the rate limit is used up',     '/api/v3/user',              limited, 'provider_unreachable', 503, /rate limit/],
    ['it asks us to slow down',       '/api/v3/user/teams',        (r: ServerResponse) => { r.setHeader('Retry-After', '60'); complain(r, 403, 'secondary rate limit') }, 'provider_unreachable', 503, /rate limit/],
    ['the token is not good',         '/api/v3/user/emails',       (r: ServerResponse) => complain(r, 401, 'Bad credentials'), 'provider_failed', 502, /401/],
    ['teams are hidden',              '/api/v3/user/teams',        (r: ServerResponse) => complain(r, 404, 'Not Found'), 'provider_failed', 502, /404/],
    ['a team has no organization',    '/api/v3/user/teams',        (r: ServerResponse) => send(r, 200, [{ id: 1, slug: 'x' }]), 'provider_failed', 502, /0\.organization/],
    ['the user has no number',        '/api/v3/user',              (r: ServerResponse) => send(r, 200, { login: 'ada', id: 'root' }), 'provider_failed', 502, /the user cannot be read \(id\)/],
    ['a number is too large',         '/api/v3/user',              (r: ServerResponse) => send(r, 200, { login: 'ada', id: 2 ** 31 }), 'provider_failed', 502, /\(id\)/],
    ['the connection breaks',         '/api/v3/user',              (r: ServerResponse) => r.destroy(), 'provider_unreachable', 503, /no connection/],
    ['an answer breaks off',          '/api/v3/user',              (r: ServerResponse) => { r.writeHead(200, { 'Content-Length': '99' }).write('{"login":'); setTimeout(() => r.destroy(), 20) }, 'provider_unreachable', 503, /broke off/],
    ['an answer fills the memory',    '/api/v3/user',              (r: ServerResponse) => r.end(`"${'x'.repeat(2_000_000)}"`), 'provider_unreachable', 503, /broke off/],
  ])('%s', async (_what, path, answer, code, status, cause) => {
    const visitor = new Visitor(postern)
    const back = await goThrough(visitor)
    const before = await traces(postern)
    github.instead.set(path, answer)
    await expectNotSignedIn(postern, await visitor.get(back), before, { code, status, says: 'You are not signed in', cause })
  })

  it('the person says no', async () => {
    github.declines = true
    const visitor = new Visitor(postern)
    const back = await goThrough(visitor)
    const before = await traces(postern)
    await expectNotSignedIn(postern, await visitor.get(back), before, {
      code: 'provider_denied',
      status: 403,
      says: 'GitHub did not sign you in',
      cause: /access_denied/,
    })
  })

  it.each([
    ['at another host', 'http://127.0.0.1:1/api/v3/user/teams?page=2'],
    ['below it', (at: string) => `${at}/api/v3/user/teams/../../evil?page=2`],
    ['with a name in front', (at: string) => `${at.replace('://', '://x@')}/api/v3/user/teams?page=2`],
    ['at no address', 'http://['],
  ])('the next page of teams is %s: our token would go there', async (_where, link) => {
    const visitor = new Visitor(postern)
    const back = await goThrough(visitor)
    const before = await traces(postern)
    const next = typeof link === 'string' ? link : link(github.url)
    github.instead.set('/api/v3/user/teams', (response) => {
      response.setHeader('Link', `<${next}>; rel="next"`)
      send(response, 200, [TEAM])
    })
    const asked = github.asked.length
    await expectNotSignedIn(postern, await visitor.get(back), before, {
      code: 'provider_mistrusted',
      status: 502,
      says: 'could not be verified',
      cause: /another address/,
    })
    expect(github.asked.slice(asked).filter(({ path }) => path.includes('evil'))).toEqual([])
  })

  it('pages of teams go on for ever', async () => {
    const visitor = new Visitor(postern)
    const back = await goThrough(visitor)
    const before = await traces(postern)
    github.instead.set('/api/v3/user/teams', (response) => {
      response.setHeader('Link', `<${github.url}/api/v3/user/teams?page=2>; rel="next"`)
      send(response, 200, [])
    })
    await expectNotSignedIn(postern, await visitor.get(back), before, {
      code: 'provider_failed',
      status: 502,
      says: 'could not sign you in',
      cause: /more than 50 pages/,
    })
  })

  it('a code comes back a second time, or with another browser’s verifier', async () => {
    const visitor = new Visitor(postern)
    const back = await goThrough(visitor)
    const other = new Visitor(postern)
    const theirs = new URL(await goThrough(other), SITE)
    const mixed = new URL(back, SITE)
    mixed.searchParams.set('code', theirs.searchParams.get('code') ?? '')
    const before = await traces(postern)
    const lost = { code: 'sign_in_lost', status: 403, says: 'started in another browser' }
    const answer = await visitor.get(`${mixed.pathname}${mixed.search}`)
    await expectNotSignedIn(postern, answer, before, { ...lost, cause: /bad_verification_code/ })
    await expectNotSignedIn(postern, await visitor.get(back), before, { ...lost, cause: /no flow of this browser/ })
  })
})

it('GitHub that hangs is given up after a while, for all its answers together', async () => {
  const log = openLog(postern.context.settings)
  const { github: configured } = postern.context.settings
  if (!configured) throw new Error('GitHub is not configured')
  const provider = new GithubProvider(configured, postern.context.settings, log, 300)
  github.instead.set('/login/oauth/access_token', () => undefined)
  const outcome = await provider.finish(new URL(`${SITE}/login?code=x&state=y`), 'y', { verifier: 'v' })
  expect(outcome).toBeInstanceOf(SignInFailure)
  expect((outcome as SignInFailure).refusal.code).toBe('provider_timeout')
  expect(await provider.endSession('')).toBeUndefined()
})
