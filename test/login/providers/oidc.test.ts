import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { disableAccount } from '../../../server/login/account-status.js'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { Traveller } from '../../support/clients/traveller.js'
import { Visitor } from '../../support/clients/visitor.js'
import { CLIENT, type IdentityProvider, startIdentityProvider } from '../../support/peers/identity-provider.js'
import { PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'
import { freePort } from '../../support/run/ports.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshDatabase } from '../../support/stores/stores.js'

const SITE = 'http://127.0.0.1:8080'
const TOKENS = `${SITE}/auth/tokens`
/** The browser's address, as its jar of cookies asks for it. */
const HERE = { domain: '127.0.0.1', path: '/', secure: false, script: false }
const LOST = { code: 'sign_in_lost', status: 403, says: 'not begun in this browser' }

let institute: IdentityProvider
let postern: RunningPostern

beforeAll(async () => {
  institute = await startIdentityProvider({ redirectUris: [`${SITE}/login`], afterLogout: [`${SITE}/login`] })
  institute.people.set('1815', {
    preferred_username: 'ada',
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    email_verified: true,
    groups: ['/users', 'astro', 'not/usable'],
  })
  institute.people.set('1906', { preferred_username: 'grace', groups: ['users'] })
  institute.people.set('1646', { preferred_username: 'tourist', groups: ['visitors'] })
  institute.people.set('1903', { preferred_username: 'alonzo', groups: ['users'] })
})
afterAll(() => institute.stop())

beforeEach(async () => {
  postern = await startAt(institute.issuer)
})
afterEach(() => postern.stop())

function startAt(issuer: string, settings: Record<string, unknown> = {}): Promise<RunningPostern> {
  return startPostern({ settings: { keycloak: { ...CLIENT, issuer, title: 'The Institute' }, ...settings } })
}

const pathOf = ({ pathname, search }: URL) => `${pathname}${search}`
const to = (path: string) => `/login?rd=${encodeURIComponent(`${SITE}${path}`)}`
const sessionsOf = (username: string, site = postern) => listSessions(site.context.redis, username, site.now())

/** To the provider and almost back: the address that the browser is sent to. */
async function goThrough(visitor: Visitor, who: string | { deny: true }, path = '/login'): Promise<string> {
  const departure = await visitor.get(path)
  expect(departure.status).toBe(303)
  return pathOf(await new Traveller().goThrough(departure, who))
}

async function signIn(visitor: Visitor, who: string, path = '/login') {
  return visitor.get(await goThrough(visitor, who, path))
}

describe('signing in with an OpenID provider', () => {
  it('gives a session with what the provider says, and goes where one came from', async () => {
    const visitor = new Visitor(postern)
    const back = await signIn(visitor, '1815', to('/portal?a=1'))
    expect([back.status, back.headers.location]).toEqual([303, `${SITE}/portal?a=1`])
    expect(await sessionsOf('ada')).toMatchObject([
      {
        ownerName: 'Ada Lovelace',
        email: 'ada@example.org',
        scopes: expect.arrayContaining(['read:tap', 'user:token']),
      },
    ])
    expect(await findPersonRow(postern.context.postgres, 'ada')).toMatchObject({
      name: 'Ada Lovelace',
      emailVerified: true,
      groups: [
        { name: 'users', id: expect.any(Number) },
        { name: 'astro', id: expect.any(Number) },
      ],
    })
    expect((await visitor.get('/auth/tokens')).text).toContain('Ada Lovelace')
  })

  it('asks with PKCE, state and nonce, and carries what they belong to sealed', async () => {
    const visitor = new Visitor(postern)
    const { headers } = await visitor.get('/login')
    const { searchParams } = new URL(String(headers.location))
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      redirect_uri: `${SITE}/login`,
      scope: 'openid profile email',
    })
    const cookie = String(headers['set-cookie'])
    expect(cookie).toMatch(
      /^postern-login-[\w-]{8}=ey[\w-]+\.\.[\w.-]+; Max-Age=3600; Path=\/; .*HttpOnly; SameSite=Lax$/,
    )
    for (const secret of [searchParams.get('nonce'), searchParams.get('state')]) expect(cookie).not.toContain(secret)
  })

  it('binds what the browser carries to this very host where there is TLS', async () => {
    const site = await startPostern({
      baseUrl: 'https://data.example.org',
      settings: { keycloak: { ...CLIENT, issuer: institute.issuer } },
    })
    const { headers } = await new Visitor(site).get('/login')
    expect(String(headers['set-cookie'])).toMatch(
      /^__Host-postern-login-.*; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    )
    await site.stop()
  })

  it('works when the provider tells little in the ID token, and takes our secret in a header', async () => {
    const other = await startIdentityProvider({
      redirectUris: [`${SITE}/login`],
      authentication: 'client_secret_basic',
      inIdToken: false,
    })
    other.people.set('1', { preferred_username: 'emmy', name: 'Emmy Noether', groups: ['users'] })
    const site = await startAt(other.issuer)
    expect((await signIn(new Visitor(site), '1')).headers.location).toBe(TOKENS)
    expect(await sessionsOf('emmy', site)).toMatchObject([{ ownerName: 'Emmy Noether' }])
    await site.stop()
    await other.stop()
  })

  it('goes on when the provider changes its keys', async () => {
    expect((await signIn(new Visitor(postern), '1815')).headers.location).toBe(TOKENS)
    await institute.rotateKeys()
    expect((await signIn(new Visitor(postern), '1815')).headers.location).toBe(TOKENS)
    expect(await sessionsOf('ada')).toHaveLength(2)
  })

  it('gives each group one number, however many come with it at once', async () => {
    const visitors = Array.from({ length: 4 }, () => new Visitor(postern))
    const names = ['1815', '1906', '1903', '1815']
    const returns = await Promise.all(visitors.map((each, index) => goThrough(each, names[index] ?? '')))
    const answers = await Promise.all(visitors.map((each, index) => each.get(returns[index] ?? '')))
    expect(answers.map(({ headers }) => headers.location)).toEqual([TOKENS, TOKENS, TOKENS, TOKENS])
    const people = await Promise.all(
      ['ada', 'grace', 'alonzo'].map((each) => findPersonRow(postern.context.postgres, each)),
    )
    const users = people.map((person) => person?.groups?.find(({ name }) => name === 'users')?.id)
    expect(new Set(users).size).toBe(1)
    expect(users[0]).toBeGreaterThan(0)
  })

  it('in several tabs ends in each where it began', async () => {
    const visitor = new Visitor(postern)
    const returns = [
      await goThrough(visitor, '1815', to('/one')),
      await goThrough(visitor, '1815', to('/two')),
      await goThrough(visitor, '1815', to('/three')),
    ]
    const [one = '', two = '', three = ''] = returns
    expect((await visitor.get(two)).headers.location).toBe(`${SITE}/two`)
    expect((await visitor.get(three)).headers.location).toBe(`${SITE}/three`)
    expect((await visitor.get(one)).headers.location).toBe(`${SITE}/one`)
    expect(await sessionsOf('ada')).toHaveLength(1)
  })

  it('remembers the last tabs of many, in less than nginx takes for a line of cookies', async () => {
    const visitor = new Visitor(postern)
    const returns: string[] = []
    for (let count = 0; count < 12; count++) {
      returns.push(await goThrough(visitor, '1815', to(`/${count}?${'x'.repeat(200)}`)))
      postern.advance(1)
    }
    const carried = visitor.agent.jar.getCookies(HERE).map((each) => each.toValueString())
    expect(carried.join('; ').length).toBeLessThan(5_000)
    const before = await traces(postern)
    await expectNotSignedIn(postern, await visitor.get(returns[0] ?? ''), before, { ...LOST, cause: /no flow/ })
    for (const count of [9, 11])
      expect((await visitor.get(returns[count] ?? '')).headers.location).toMatch(`${SITE}/${count}?xxx`)
  })

  it('from an address too long for a cookie signs in all the same', async () => {
    const back = await signIn(new Visitor(postern), '1815', to(`/portal?${'x'.repeat(4_000)}`))
    expect(back.headers.location).toBe(TOKENS)
  })
})

describe('coming back', () => {
  it('a second time makes no second session, and goes on', async () => {
    const visitor = new Visitor(postern)
    const back = await goThrough(visitor, '1815')
    await visitor.get(back)
    const before = await sessionsOf('ada')
    const again = await visitor.get(back)
    expect([again.status, again.headers.location]).toEqual([303, '/auth/tokens'])
    expect(await sessionsOf('ada')).toEqual(before)
  })

  it('with a code that was used, and the cookies from before, makes no session', async () => {
    const visitor = new Visitor(postern)
    const departure = await visitor.get('/login')
    const cookie = String(departure.headers['set-cookie']).split(';')[0] ?? ''
    const back = pathOf(await new Traveller().goThrough(departure, '1815'))
    await visitor.get(back)
    const before = await traces(postern)
    const thief = new Visitor(postern)
    thief.agent.set('Cookie', cookie)
    await expectNotSignedIn(postern, await thief.get(back), before, { ...LOST, cause: /"invalid_grant"/ })
  })

  it('in another browser than it began in makes no session: an attacker sent a link with their own code', async () => {
    const back = await goThrough(new Visitor(postern), '1815')
    const before = await traces(postern)
    const victim = new Visitor(postern)
    await victim.get('/login')
    await expectNotSignedIn(postern, await victim.get(back), before, { ...LOST, cause: /no flow/ })
  })

  it.each([
    ['no state', (back: string) => back.replace(/&?state=[^&]*/, '')],
    ['another state that begins alike', (back: string) => back.replace(/(state=[\w-]{8})[^&]*/, '$1AAAA')],
    ['no code', () => '/login?state=x'],
  ])('with %s makes no session', async (_what, change) => {
    const visitor = new Visitor(postern)
    const back = change(await goThrough(visitor, '1815'))
    const before = await traces(postern)
    await expectNotSignedIn(postern, await visitor.get(back), before, { ...LOST, cause: /no flow/ })
  })

  it('to the address of another provider makes no session', async () => {
    const visitor = new Visitor(postern)
    const back = await goThrough(visitor, '1815')
    const before = await traces(postern)
    const response = await visitor.get(back.replace('/login', '/login/keycloak/callback'))
    await expectNotSignedIn(postern, response, before, { ...LOST, cause: /no flow/ })
  })

  it('after hours makes no session', async () => {
    const visitor = new Visitor(postern)
    const back = await goThrough(visitor, '1815')
    postern.advance(2 * 3600)
    const before = await traces(postern)
    await expectNotSignedIn(postern, await visitor.get(back), before, { ...LOST, cause: /no flow/ })
  })

  it('after cancelling is told as such, with a way to start again', async () => {
    const visitor = new Visitor(postern)
    const before = await traces(postern)
    const response = await visitor.get(await goThrough(visitor, { deny: true }, to('/portal')))
    const expected = {
      code: 'provider_denied',
      status: 403,
      says: 'The Institute did not let you in, or you cancelled',
    }
    await expectNotSignedIn(postern, response, before, { ...expected, cause: /it answers "access_denied"/ })
    expect(response.text).toContain(`href="${to('/portal')}"`)
    expect(response.text).not.toContain('They would rather not')
  })
})

describe('a sign-in is refused', () => {
  it('to a user in no group that may use the site; they are known from then on', async () => {
    const before = await traces(postern)
    const response = await signIn(new Visitor(postern), '1646')
    const expected = {
      code: 'no_access',
      status: 403,
      says: 'Ask the administrators of this site to add you to a group',
    }
    await expectNotSignedIn(postern, response, before, { ...expected, cause: /^tourist: / })
    expect(response.text).toContain('You came as tourist.')
    expect(await findPersonRow(postern.context.postgres, 'tourist')).toBeDefined()
  })

  it('to a user whose account is disabled', async () => {
    await signIn(new Visitor(postern), '1815')
    await disableAccount(postern.context, 'ada', { username: '<operator>' })
    const before = await traces(postern)
    const response = await signIn(new Visitor(postern), '1815')
    await expectNotSignedIn(postern, response, before, {
      code: 'account_disabled',
      status: 403,
      says: 'Your account is disabled',
      cause: /^ada: /,
    })
  })

  it('to a user with the name of a local account, which is another user’s', async () => {
    await postern.account('grace', ['admins'])
    const before = await traces(postern)
    await expectNotSignedIn(postern, await signIn(new Visitor(postern), '1906'), before, {
      code: 'name_taken',
      status: 403,
      says: 'Your user name belongs to a user who signs in another way',
      cause: /grace/,
    })
  })

  it('before it begins, when it would lead to another site', async () => {
    for (const path of ['/login', '/login/keycloak']) {
      const response = await new Visitor(postern).get(`${path}?rd=https://evil.example/`)
      expect([response.status, response.headers.location]).toEqual([422, undefined])
    }
  })
})

describe('a provider that', () => {
  let relay: Relay
  let distant: IdentityProvider
  let site: RunningPostern

  beforeEach(async () => {
    const port = await freePort()
    relay = await startRelay(`http://127.0.0.1:${port}`)
    const issuer = relay.url.replace(/\/$/, '')
    distant = await startIdentityProvider({ redirectUris: [`${SITE}/login`], at: { port, issuer } })
    distant.people.set('1', { preferred_username: 'ada', groups: ['users'] })
  })
  afterEach(async () => {
    await site.stop()
    await distant.stop()
    await relay.stop()
  })

  it('is down when Postern starts keeps no other user out, and is there when it is back', async () => {
    await relay.cut()
    site = await startAt(distant.issuer)
    await site.account('grace')
    const before = await traces(site)
    await expectNotSignedIn(site, await new Visitor(site).get('/login'), before, {
      code: 'provider_unreachable',
      status: 503,
      says: 'The Institute cannot be reached',
      cause: /ECONNREFUSED/,
    })
    const visitor = new Visitor(site)
    await visitor.get('/login?local')
    const { headers } = await visitor.post('/login', { username: 'grace', password: PASSWORD, rd: '' })
    expect(headers.location).toBe(TOKENS)
    await relay.mend()
    expect((await signIn(new Visitor(site), '1')).headers.location).toBe(TOKENS)
  })

  it('hangs is given up, and asked again by the next who comes', async () => {
    relay.hang()
    site = await startAt(distant.issuer)
    const before = await traces(site)
    await expectNotSignedIn(site, await new Visitor(site).get('/login'), before, {
      code: 'provider_timeout',
      status: 504,
      says: 'The Institute does not answer in time',
      cause: /no answer in time/,
    })
    await relay.cut()
    await relay.mend()
    expect((await signIn(new Visitor(site), '1')).headers.location).toBe(TOKENS)
  })

  it('dies while the user is there does not sign them in', async () => {
    site = await startAt(distant.issuer)
    const visitor = new Visitor(site)
    const back = await goThrough(visitor, '1')
    await relay.cut()
    const before = await traces(site)
    await expectNotSignedIn(site, await visitor.get(back), before, {
      code: 'provider_unreachable',
      status: 503,
      says: 'The Institute cannot be reached',
      cause: /no connection/,
    })
  })
})

describe('the sign-in page', () => {
  it('is left out where there is one way in; the form for operators stays at hand', async () => {
    await postern.account('grace')
    expect(String((await new Visitor(postern).get('/login')).headers.location)).toContain(institute.issuer)
    const visitor = new Visitor(postern)
    const page = await visitor.get('/login?local')
    expect(page.text).toContain('name="password"')
    expect(page.text).toContain('href="/login/keycloak"')
    const wrong = await visitor.post('/login', { username: 'grace', password: 'wrong', rd: '' })
    expect(wrong.text).toContain('name="password"')
    expect((await visitor.post('/login', { username: 'grace', password: PASSWORD, rd: '' })).status).toBe(303)
  })

  it('has no form, and takes none, where the site has no local accounts', async () => {
    const site = await startAt(institute.issuer, { localAccounts: false })
    await site.account('grace')
    const visitor = new Visitor(site)
    expect(String((await visitor.get('/login?local')).text)).not.toContain('name="password"')
    expect((await visitor.post('/login', { username: 'grace' })).status).toBe(404)
    expect(await sessionsOf('grace', site)).toEqual([])
    await site.stop()
  })

  it('offers several providers, each with an address of its own to come back to', async () => {
    const second = await startIdentityProvider({ redirectUris: [`${SITE}/login/museum/callback`] })
    second.people.set('1', { preferred_username: 'ada', groups: ['users'] })
    second.people.set('2', { preferred_username: 'mary', groups: ['users'] })
    const museum = {
      ...CLIENT,
      id: 'museum',
      title: 'Museum',
      issuer: second.issuer,
      usernameClaim: 'preferred_username',
      groupsClaim: 'groups',
    }
    const site = await startAt(institute.issuer, { oidc: [museum], localAccounts: true })
    const visitor = new Visitor(site)
    const page = await visitor.get(to('/portal'))
    const links = [...page.text.matchAll(/href="(\/login\/[^"]+)">Sign in with ([^<]+)</g)].map(([, href, title]) => [
      title,
      href,
    ])
    const rd = encodeURIComponent(`${SITE}/portal`)
    expect(links).toEqual([
      ['The Institute', `/login/keycloak?rd=${rd}`],
      ['Museum', `/login/museum?rd=${rd}`],
    ])
    expect(page.text).toContain('name="password"')
    const back = await goThrough(visitor, '2', links[1]?.[1])
    expect(back).toMatch(/^\/login\/museum\/callback\?/)
    // Not even with the right code and state: it was not this provider's to bring.
    expect((await visitor.get(back.replace('museum', 'keycloak'))).status).toBe(403)
    expect(await sessionsOf('mary', site)).toEqual([])
    expect((await signIn(visitor, '2', links[1]?.[1])).headers.location).toBe(`${SITE}/portal`)
    expect(await sessionsOf('mary', site)).toHaveLength(1)
    await site.stop()
    await second.stop()
  })

  it('gives a user name to the provider that brought it first', async () => {
    const second = await startIdentityProvider({ redirectUris: [`${SITE}/login/museum/callback`] })
    second.people.set('1', { preferred_username: 'ada', groups: ['admins'] })
    const museum = {
      ...CLIENT,
      id: 'museum',
      issuer: second.issuer,
      usernameClaim: 'preferred_username',
      groupsClaim: 'groups',
    }
    const databaseUrl = await freshDatabase()
    const earlier = await startPostern({ databaseUrl, settings: { keycloak: { ...CLIENT, issuer: institute.issuer } } })
    await signIn(new Visitor(earlier), '1815')
    await earlier.stop()
    const site = await startPostern({
      databaseUrl,
      settings: { keycloak: { ...CLIENT, issuer: institute.issuer }, oidc: museum },
    })
    const before = await traces(site)
    await expectNotSignedIn(site, await signIn(new Visitor(site), '1', '/login/museum'), before, {
      code: 'name_taken',
      status: 403,
      says: 'belongs to a user who signs in another way',
      cause: /ada/,
    })
    await site.stop()
    await second.stop()
  })
})

describe('signing out', () => {
  it('ends the session, then leads to the provider’s own sign-out, and from there to a page that does not sign in again', async () => {
    const visitor = new Visitor(postern)
    const back = await signIn(visitor, '1815')
    const kept = (back.headers['set-cookie'] as unknown as string[]).find((each) => each.startsWith('postern-kept='))
    expect(kept).toMatch(/^postern-kept=ey[\w-]+\.\.[\w.-]+; Path=\/logout; HttpOnly; SameSite=Lax$/)
    await visitor.get('/auth/tokens')
    const response = await visitor.post('/logout')
    expect(await sessionsOf('ada')).toEqual([])
    const [, onward = ''] = /^0;url=(.+)$/.exec(String(response.headers.refresh)) ?? []
    const { origin, searchParams } = new URL(onward)
    expect(origin).toBe(institute.issuer)
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: CLIENT.clientId,
      id_token_hint: expect.stringMatching(/^ey/),
      post_logout_redirect_uri: `${SITE}/login`,
    })
    expect(response.text).toContain('You are signed out here')
    // What the provider gave is in no store and no log.
    const idToken = searchParams.get('id_token_hint') ?? 'none'
    const values = await Promise.all(
      (await postern.context.redis.keys('*')).map((key) => postern.context.redis.dump(key)),
    )
    expect(`${postern.logged()}${values.join('')}`).not.toContain(idToken.split('.')[2])

    expect((await visitor.get('/login')).text).toContain('Sign in with The Institute')
    expect(String((await visitor.get('/login')).headers.location)).toContain(institute.issuer)
  })

  it('in the list of sessions does not sign in again either', async () => {
    const visitor = new Visitor(postern)
    await signIn(visitor, '1815')
    await visitor.get('/auth/tokens')
    const [session] = await sessionsOf('ada')
    expect((await visitor.post(`/auth/sessions/${session?.key}/end`)).headers.location).toBe('/login')
    expect(await sessionsOf('ada')).toEqual([])
    expect((await visitor.get('/login')).text).toContain('Sign in with The Institute')
  })

  it('goes where the site says when the provider is gone', async () => {
    const gone = await startIdentityProvider({ redirectUris: [`${SITE}/login`] })
    gone.people.set('1', { preferred_username: 'ada', groups: ['users'] })
    const site = await startAt(gone.issuer, { afterLogoutUrl: 'https://www.example.org/bye' })
    const visitor = new Visitor(site)
    await signIn(visitor, '1')
    await visitor.get('/auth/tokens')
    await gone.stop()
    site.advance(2 * 3600)
    expect((await visitor.post('/logout')).headers.location).toBe('https://www.example.org/bye')
    expect(await sessionsOf('ada', site)).toEqual([])
    await site.stop()
  })
})
