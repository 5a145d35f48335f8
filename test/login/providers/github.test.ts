import type { ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { Visitor } from '../../support/clients/visitor.js'
import { complain } from '../../support/peers/github-stand-in.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import { ADA, github, groupsOf, postern, SITE, sessionsOf, signIn, start, TEAM } from './support/github-site.js'

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

  it('again waits for a click at GitHub, which can ask for no password, and begins a new session', async () => {
    const visitor = new Visitor(postern)
    // Sessions of one second are listed in any order.
    const others = (await sessionsOf('ada')).map(({ key }) => key)
    await signIn(visitor)
    const old = (await sessionsOf('ada')).find(({ key }) => !others.includes(key))
    const departure = await visitor.get('/auth/reauthenticate/provider?rd=/info')
    expect(new URL(String(departure.headers.location)).searchParams.get('prompt')).toBe('select_account')
    const back = await signIn(visitor, '/auth/reauthenticate/provider?rd=/info')
    expect(back.headers.location).toBe(`${SITE}/info`)
    expect(old).toBeDefined()
    expect((await sessionsOf('ada')).map(({ key }) => key)).not.toContain(old?.key)
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
      says: 'not in a group',
      cause: /^tourist: /,
    })
    expect(github.grants.size).toBe(before)
  })
})
