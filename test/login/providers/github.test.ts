import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { SignInFailure } from '../../../server/login/failure.js'
import { GithubProvider } from '../../../server/login/providers/github/provider.js'
import { openLog } from '../../../server/operate/observability/log.js'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { Traveller } from '../../support/clients/traveller.js'
import { Visitor } from '../../support/clients/visitor.js'
import { complain, type GithubStandIn, send, startGithubStandIn } from '../../support/peers/github-stand-in.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'

const SITE = 'http://127.0.0.1:8080'
const TEAM = { id: 42, slug: 'astronomers', organization: { login: 'Acme' } }
const ADA = {
  login: 'Ada',
  id: 1815,
  name: 'Ada Lovelace',
  emails: [
    { email: 'ada@old.example', primary: false, verified: true },
    { email: 'ada@example.org', primary: true, verified: true },
  ],
  teams: [TEAM],
}

let github: GithubStandIn
let postern: RunningPostern

beforeAll(async () => {
  github = await startGithubStandIn(`${SITE}/login`)
  postern = await start()
})
afterAll(async () => {
  await postern.stop()
  await github.stop()
})
beforeEach(() => {
  github.visitor = ADA
  github.declines = false
})
afterEach(() => github.instead.clear())

const settings = (more: Record<string, unknown> = {}) => ({
  clientId: github.clientId,
  clientSecret: github.clientSecret,
  url: github.url,
  title: 'GitHub',
  ...more,
})

function start(more: Record<string, unknown> = {}): Promise<RunningPostern> {
  return startPostern({
    baseUrl: SITE,
    settings: {
      github: settings(more),
      groupMapping: {
        'read:tap': [{ github: { organization: 'acme', team: 'astronomers' } }],
        'exec:admin': ['acme-ops'],
      },
    },
  })
}

const sessionsOf = (username: string, site = postern) => listSessions(site.context, username, site.now())
const groupsOf = async (username: string, site = postern) =>
  (await findPersonRow(site.context.postgres, username))?.groups?.map(({ name }) => name)

async function goThrough(visitor: Visitor, path = '/login'): Promise<string> {
  const departure = await visitor.get(path)
  const { pathname, search } = await new Traveller().goThrough(departure, '')
  return `${pathname}${search}`
}

async function signIn(visitor: Visitor, path?: string) {
  return visitor.get(await goThrough(visitor, path))
}

describe('signing in with GitHub', () => {
  it('gives a session with what GitHub says, and goes where one came from', async () => {
    const visitor = new Visitor(postern)
    const back = await signIn(visitor, `/login?rd=${encodeURIComponent(`${SITE}/portal?a=1`)}`)
    expect([back.status, back.headers.location]).toEqual([303, `${SITE}/portal?a=1`])
    expect(await findPersonRow(postern.context.postgres, 'ada')).toEqual({
      username: 'ada',
      name: 'Ada Lovelace',
      email: 'ada@example.org',
      emailVerified: true,
      uid: 1815,
      gid: 1815,
      groups: [
        { name: 'acme-astronomers', id: 42 },
        { name: 'ada', id: 1815 },
      ],
    })
    const [session] = await sessionsOf('ada')
    expect(session).toMatchObject({ ownerName: 'Ada Lovelace', provider: 'github' })
    expect(session?.scopes).toEqual(['read:tap', 'user:token'])
  })

  it('asks with state and PKCE, for what it needs to see and no more', async () => {
    const { headers } = await new Visitor(postern).get('/login')
    const { origin, pathname, searchParams } = new URL(String(headers.location))
    expect([origin, pathname]).toEqual([github.url, '/login/oauth/authorize'])
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: github.clientId,
      redirect_uri: `${SITE}/login`,
      scope: 'read:org read:user user:email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
  })

  it('finds all of 250 teams', async () => {
    const teams = Array.from({ length: 249 }, (_, index) => ({
      id: index + 100,
      slug: `team-${index}`,
      organization: TEAM.organization,
    }))
    github.visitor = { ...ADA, login: 'grace', id: 1906, teams: [...teams, TEAM] }
    await signIn(new Visitor(postern))
    const groups = await groupsOf('grace')
    expect(groups).toHaveLength(251)
    expect(groups).toContain('acme-astronomers')
    expect(github.asked.filter(({ path }) => path === '/api/v3/user/teams').length).toBeGreaterThanOrEqual(3)
  })

  it('leaves out teams with names that are none, and says so in the log', async () => {
    github.visitor = {
      ...ADA,
      login: 'odd',
      id: 2,
      teams: [TEAM, { ...TEAM, id: 43, slug: 'équipe' }, { ...TEAM, id: 44, slug: '<b>' }],
    }
    await signIn(new Visitor(postern))
    expect(await groupsOf('odd')).toEqual(['acme-astronomers', 'odd'])
    expect(postern.logged()).toContain('"groups":["acme-équipe","acme-<b>"]')
  })

  it('makes no user a member of a team by what they call themselves', async () => {
    github.visitor = { ...ADA, login: 'Acme-Ops', id: 666 }
    await signIn(new Visitor(postern))
    expect(await groupsOf('acme-ops')).toEqual(['acme-astronomers'])
    expect((await sessionsOf('acme-ops'))[0]?.scopes).toEqual(['read:tap', 'user:token'])
  })

  it('counts the teams of the organizations that the site names, though others have teams of the same name', async () => {
    const site = await start({ organizations: ['ACME'] })
    const other = { ...TEAM, id: 99, organization: { login: 'acme-evil' } }
    github.visitor = { ...ADA, login: 'both', id: 3, teams: [other, TEAM] }
    await signIn(new Visitor(site))
    expect(await groupsOf('both', site)).toEqual(['acme-astronomers', 'both'])
    await site.stop()
  })

  it.each([
    [
      'an address that GitHub has not verified',
      [{ email: 'x@example.org', primary: true, verified: false }],
      'x@example.org',
    ],
    ['no address', [], undefined],
  ])('takes people with %s, and does not vouch for it', async (_what, emails, email) => {
    github.visitor = { ...ADA, login: 'mail', id: 4, name: null, emails }
    expect((await signIn(new Visitor(postern))).status).toBe(303)
    const person = await findPersonRow(postern.context.postgres, 'mail')
    expect([person?.email, person?.emailVerified, person?.name]).toEqual([email, undefined, undefined])
  })

  it('leaves its access token in no store and no log, and in the browser only sealed', async () => {
    const before = new Set(github.grants)
    const visitor = new Visitor(postern)
    const { headers } = await signIn(visitor)
    const [token = 'none'] = [...github.grants].filter((each) => !before.has(each))
    expect(token).toMatch(/^gho_/)
    const { redis, postgres } = postern.context
    const values = await Promise.all((await redis.keys('postern:token*')).map((key) => redis.get(key)))
    const { rows } = await postgres.pool.query('SELECT person::text FROM person')
    for (const text of [
      String(headers['set-cookie']),
      JSON.stringify(values),
      JSON.stringify(rows),
      postern.logged(),
    ]) {
      expect(text).not.toContain(token)
      expect(text).not.toContain(github.clientSecret)
    }
    expect(String(headers['set-cookie'])).toMatch(/postern-kept=ey[^;]+; Path=\/logout; HttpOnly; SameSite=Lax/)
  })
})

describe('signing out', () => {
  it('takes back the grant, so that GitHub asks again the next time', async () => {
    const before = github.grants.size
    const visitor = new Visitor(postern)
    await signIn(visitor)
    expect(github.grants.size).toBe(before + 1)
    await visitor.get('/auth/tokens')
    expect((await visitor.post('/logout', { rd: `${SITE}/bye` })).headers.location).toBe(`${SITE}/bye`)
    expect(github.grants.size).toBe(before)
  })

  it.each([
    ['refuses', (response: ServerResponse) => complain(response, 500, 'Server Error')],
    ['has forgotten it', (response: ServerResponse) => complain(response, 404, 'Not Found')],
    ['breaks off', (response: ServerResponse) => response.destroy()],
  ])('works when GitHub %s', async (_how, answer) => {
    const visitor = new Visitor(postern)
    await signIn(visitor)
    await visitor.get('/auth/tokens')
    const count = (await sessionsOf('ada')).length
    github.instead.set(`/api/v3/applications/${github.clientId}/grant`, answer)
    expect((await visitor.post('/logout')).status).toBe(303)
    expect(await sessionsOf('ada')).toHaveLength(count - 1)
  })

  it('is not needed for a refused user: the grant is revoked at once', async () => {
    const before = github.grants.size
    github.visitor = { ...ADA, login: 'tourist', id: 5, teams: [] }
    const state = await traces(postern)
    const response = await signIn(new Visitor(postern))
    await expectNotSignedIn(postern, response, state, {
      code: 'no_access',
      status: 403,
      says: 'no group',
      cause: /^tourist: /,
    })
    expect(github.grants.size).toBe(before)
  })
})

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
      says: 'GitHub did not let you in',
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
    const lost = { code: 'sign_in_lost', status: 403, says: 'not begun in this browser' }
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
