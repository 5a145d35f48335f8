import { describe, expect, it } from '@jest/globals'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { Traveller } from '../../support/clients/traveller.js'
import { Visitor } from '../../support/clients/visitor.js'
import { CLIENT, startIdentityProvider } from '../../support/peers/identity-provider.js'
import { startPostern } from '../../support/postern.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import {
  goThrough,
  HERE,
  institute,
  LOST,
  pathOf,
  postern,
  SITE,
  sessionsOf,
  signIn,
  startAt,
  TOKENS,
  to,
} from './support/oidc-site.js'

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

  it('makes the browser known to the user, so that its next sign-in is no news', async () => {
    institute.people.set('1852', { preferred_username: 'countess', groups: ['users'] })
    const news = () => postern.context.postgres.prisma.notice.count({ where: { username: 'countess', kind: 'signIn' } })
    const visitor = new Visitor(postern)
    for (const expected of [0, 0]) {
      expect((await signIn(visitor, '1852')).headers.location).toBe(TOKENS)
      expect(await news()).toBe(expected)
      await visitor.get('/logout')
      await visitor.post('/logout')
      // The page after signing out asks before it goes to the provider.
      await visitor.get('/login')
    }
    await signIn(new Visitor(postern), '1852')
    expect(await news()).toBe(1)
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
      says: 'The Institute did not sign you in, or you cancelled',
    }
    await expectNotSignedIn(postern, response, before, { ...expected, cause: /it answers "access_denied"/ })
    expect(response.text).toContain(`href="${to('/portal')}"`)
    expect(response.text).not.toContain('They would rather not')
  })
})
