import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import type { Response } from 'supertest'
import { signedIn, Visitor } from '../support/clients/visitor.js'
import { PASSWORD, type RunningPostern } from '../support/postern.js'
import { register, sentTo, signInTo, startProvider } from './support/relying-party.js'

const PROGRAM = { isPublic: true, redirectUris: ['http://127.0.0.1/callback'] }
const LEAVE = 'https://grafana.example.org/signed-out'
let postern: RunningPostern

beforeAll(async () => {
  postern = await startProvider()
})
afterAll(() => postern.stop())

const pathOf = (address: string) => {
  const { pathname, search } = new URL(address, postern.url)
  return `${pathname}${search}`
}
const follow = (visitor: Visitor, answer: Response) => visitor.get(pathOf(sentTo(answer)))
/** Where the forms of a page may lead. */
const formsOf = ({ headers }: Response) =>
  /form-action ([^;]*)/.exec(String(headers['content-security-policy']))?.[1]?.split(' ') ?? []
const parametersOf = (address: string) => Object.fromEntries(new URL(address).searchParams)

describe('a client that is not the site’s own', () => {
  it('is allowed on a page that says what it learns, once in a session', async () => {
    const party = await register(postern, { isOwnSite: false })
    const visitor = await signedIn(postern, 'ada')
    const begun = await party.begin({ scope: 'openid email' })
    const asked = await visitor.get(begun.path)
    const page = await follow(visitor, asked)
    expect(page.text).toContain('Sign in to Grafana?')
    expect(page.text).toContain('your e-mail address')
    expect(page.text).not.toContain('the groups')
    expect(formsOf(page)).toContain('https://grafana.example.org')
    const answered = await visitor.post(pathOf(sentTo(asked)), { answer: 'allow' })
    const tokens = await party.finish(sentTo(await follow(visitor, answered)), begun)
    expect(tokens.claims()).toMatchObject({ sub: 'ada', email: 'ada@example.org' })
    expect((await signInTo(party, visitor, { scope: 'openid email' })).claims()?.sub).toBe('ada')
    // More than was allowed is asked for again.
    expect((await visitor.get((await party.begin({ scope: 'openid groups' })).path)).headers.location).toMatch(
      /^\/auth\/openid\/interaction\//,
    )
  })

  it('gets nothing when the user does not agree, nor by a form of another session or site', async () => {
    const party = await register(postern, { isOwnSite: false })
    const visitor = await signedIn(postern, 'ada')
    const begun = await party.begin()
    const step = pathOf(sentTo(await visitor.get(begun.path)))
    expect((await visitor.post(step, { answer: 'allow', csrf: 'forged' })).status).toBe(403)
    const eve = await signedIn(postern, 'eve')
    expect((await eve.get(step)).status).toBe(403)
    expect((await eve.post(step, { answer: 'allow' })).status).toBe(403)
    await visitor.get(step)
    const denied = sentTo(await follow(visitor, await visitor.post(step, { answer: 'deny' })))
    expect(parametersOf(denied)).toMatchObject({ error: 'access_denied', state: begun.checks.expectedState })
  })
})

describe('the answer to the question of a client', () => {
  it('counts once: the form sent again, or the way on taken again, gives no second code', async () => {
    const party = await register(postern, { isOwnSite: false })
    const visitor = await signedIn(postern, 'ada')
    const begun = await party.begin({ scope: 'openid email' })
    const step = pathOf(sentTo(await visitor.get(begun.path)))
    await visitor.get(step)
    const { csrf } = visitor
    const onward = pathOf(sentTo(await visitor.post(step, { answer: 'allow' })))
    await party.finish(sentTo(await visitor.get(onward)), begun)
    const again = await visitor.get(onward)
    expect([again.status >= 400, again.headers.location]).toEqual([true, undefined])
    const twice = await visitor.post(step, { answer: 'allow', csrf })
    expect([twice.status >= 400, twice.headers.location]).toEqual([true, undefined])
  })

  it('leads on no user who has not answered, nor one who signs in at the same browser and answers', async () => {
    const party = await register(postern, { isOwnSite: false })
    const visitor = await signedIn(postern, 'ada')
    const begun = await party.begin({ scope: 'openid groups' })
    const step = pathOf(sentTo(await visitor.get(begun.path)))
    const unanswered = await visitor.get(step.replace('/interaction/', '/login/'))
    expect(sentTo(unanswered)).toMatch(/^\/auth\/openid\/interaction\//)
    const asked = pathOf(sentTo(unanswered))
    // The cookies of the step stay in a browser whose session is another's.
    const eve = await signedIn(postern, 'eve')
    eve.agent.jar.setCookies([unanswered.headers['set-cookie'] ?? []].flat(), '127.0.0.1', '/')
    expect((await eve.post(asked, { answer: 'allow' })).status).toBe(403)
    const onward = await eve.get(asked.replace('/interaction/', '/login/'))
    expect(onward.headers.location ?? '').not.toContain('code=')
    const consents = await postern.context.postgres.prisma.oidcConsent.count({ where: { clientId: party.id } })
    expect(consents).toBe(0)
  })
})

describe('a client for some users', () => {
  it('is refused to others with a page that says what they need, and leads back with access_denied', async () => {
    const party = await register(postern, { requiredGroups: ['ops'] })
    const visitor = await signedIn(postern, 'ada')
    const step = pathOf(sentTo(await visitor.get((await party.begin()).path)))
    const page = await visitor.get(step)
    expect(page.status).toBe(403)
    expect(page.text).toContain('you need to be in the group ops')
    // The answer that the page does not offer.
    const forced = sentTo(await follow(visitor, await visitor.post(step, { answer: 'allow' })))
    expect(parametersOf(forced)).toMatchObject({ error: 'access_denied' })
    expect(parametersOf(forced).code).toBeUndefined()
    expect(parametersOf(forced).error_description).toContain('the group ops')
  })

  it('lets in those who have the right', async () => {
    const party = await register(postern, { requiredGroups: ['ops'] })
    const tokens = await signInTo(party, await signedIn(postern, 'olga', ['users', 'ops']))
    expect(tokens.claims()?.sub).toBe('olga')
  })
})

describe('a public client', () => {
  it('signs in with PKCE at any loopback port, and is asked about each time', async () => {
    const party = await register(postern, PROGRAM)
    const visitor = await signedIn(postern, 'ada')
    const begun = await party.begin({ redirect_uri: 'http://127.0.0.1:50123/callback' })
    const asked = await visitor.get(begun.path)
    const page = await follow(visitor, asked)
    expect(formsOf(page)).toContain('http://127.0.0.1:50123')
    const sent = sentTo(await follow(visitor, await visitor.post(pathOf(sentTo(asked)), { answer: 'allow' })))
    expect(sent).toMatch(/^http:\/\/127\.0\.0\.1:50123\/callback\?code=/)
    expect((await party.finish(sent, begun)).claims()?.sub).toBe('ada')
    const again = await visitor.get((await party.begin({ redirect_uri: 'http://127.0.0.1:50124/callback' })).path)
    expect(sentTo(again)).toContain('/auth/openid/interaction/')
  })

  it('is refused without PKCE', async () => {
    const party = await register(postern, PROGRAM)
    const { path } = await party.begin()
    const url = new URL(path, postern.url)
    for (const name of ['code_challenge', 'code_challenge_method']) url.searchParams.delete(name)
    const answer = await (await signedIn(postern, 'ada')).get(`${url.pathname}${url.search}`)
    expect(parametersOf(sentTo(answer))).toMatchObject({ error: 'invalid_request' })
  })
})

describe('a client that asks when the user signed in', () => {
  it('with prompt=none gets an answer in any case, and no page', async () => {
    const party = await register(postern)
    const { path } = await party.begin({ prompt: 'none' })
    expect(parametersOf(sentTo(await new Visitor(postern).get(path)))).toMatchObject({ error: 'login_required' })
    const visitor = await signedIn(postern, 'ada')
    expect(parametersOf(sentTo(await visitor.get(path))).code).toBeDefined()
    const foreign = await register(postern, { isOwnSite: false })
    const asked = await visitor.get((await foreign.begin({ prompt: 'none' })).path)
    expect(parametersOf(sentTo(asked))).toMatchObject({ error: 'consent_required' })
  })

  it.each([{ prompt: 'login' }, { max_age: '60' }, { max_age: '0' }])(
    'with %j has the user sign in again, once, and is told when that was',
    async (wish) => {
      const party = await register(postern)
      const visitor = await signedIn(postern, 'ada')
      postern.advance(120)
      const since = postern.now()
      const begun = await party.begin(wish)
      const again = sentTo(await visitor.get(begun.path))
      expect(again).toMatch(/^\/auth\/reauthenticate\?rd=/)
      const page = await visitor.get(again)
      expect(formsOf(page)).toContain('https://grafana.example.org')
      const rd = new URL(again, postern.url).searchParams.get('rd') ?? ''
      // By the address alone nobody gets on.
      expect(sentTo(await visitor.get(pathOf(rd)))).toMatch(/^\/auth\/reauthenticate/)
      await visitor.get(again)
      const entered = await visitor.post('/auth/reauthenticate', { password: PASSWORD, rd })
      const tokens = await party.finish(sentTo(await follow(visitor, entered)), begun)
      expect(decodeJwt(tokens.id_token ?? '').auth_time).toBeGreaterThanOrEqual(since)
    },
  )

  it('does not ask for what is recent enough', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    expect((await signInTo(party, visitor, { max_age: '3600' })).claims()?.sub).toBe('ada')
  })
})

describe('the forms of the sign-in pages', () => {
  it('lead on to the client that waits, and to no other', async () => {
    const party = await register(postern)
    const visitor = new Visitor(postern)
    const login = pathOf(sentTo(await visitor.get((await party.begin()).path)))
    const open = await visitor.get(login)
    expect(formsOf(open)).toContain('https://grafana.example.org')
    const failed = await visitor.post('/login', {
      username: 'ada',
      password: 'wrong',
      rd: new URL(login, postern.url).searchParams.get('rd') ?? '',
    })
    expect(formsOf(failed)).toContain('https://grafana.example.org')
    const forged = new URL(new URL(login, postern.url).searchParams.get('rd') ?? '')
    forged.searchParams.set('redirect_uri', 'https://evil.example.org/')
    const usual = formsOf(await visitor.get('/login'))
    expect(formsOf(await visitor.get(`/login?rd=${encodeURIComponent(forged.href)}`))).toEqual(usual)
  })
})

describe('signing out by way of a client', () => {
  /** The fields of the form of a page. */
  const fieldsOf = ({ text }: Response) =>
    Object.fromEntries(
      [...text.matchAll(/name="([\w]+)" value="([^"]*)"/g)].map(([, name, value = '']) => [name, value]),
    )

  it('asks, ends the session with all that came of it, and leads back', async () => {
    const party = await register(postern, { postLogoutUris: [LEAVE] })
    const visitor = await signedIn(postern, 'ada')
    const tokens = await signInTo(party, visitor)
    const leave = oidc.buildEndSessionUrl(party.config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: LEAVE,
      state: 'kept',
    })
    const page = await visitor.get(pathOf(leave.href))
    expect(page.text).toContain('You have signed out of Grafana')
    expect(formsOf(page)).toContain('https://grafana.example.org')
    const fields = fieldsOf(page)
    expect((await visitor.post('/logout', { ...fields, csrf: 'forged' })).status).toBe(403)
    // The library's own form is no way round this page.
    const confirm = '/auth/openid/logout/confirm'
    expect((await visitor.post(confirm, { xsrf: fields.xsrf ?? '', logout: 'yes' })).status).toBe(400)
    expect((await visitor.get('/auth/tokens')).status).toBe(200)
    await visitor.get(pathOf(leave.href))
    const left = await visitor.post('/logout', fields)
    expect(sentTo(left)).toBe(`${LEAVE}?state=kept`)
    expect(String(left.headers['set-cookie'])).toContain('postern=;')
    expect((await visitor.get('/auth/tokens')).status).toBe(303)
    await expect(oidc.fetchUserInfo(party.config, tokens.access_token, 'ada')).rejects.toBeDefined()
    // Once more, without a session: nothing is left to ask.
    expect(sentTo(await visitor.get(pathOf(leave.href)))).toBe(`${LEAVE}?state=kept`)
  })

  it('leaves a user signed in who wants to stay', async () => {
    const party = await register(postern, { postLogoutUris: [LEAVE] })
    const visitor = await signedIn(postern, 'ada')
    const asked = { client_id: party.id, post_logout_redirect_uri: LEAVE }
    const page = await visitor.get(`/auth/openid/logout?${new URLSearchParams(asked)}`)
    expect(page.text).toContain('formaction="/auth/openid/logout/confirm"')
    const { xsrf = '' } = fieldsOf(page)
    expect((await visitor.post('/auth/openid/logout/confirm', { xsrf: 'forged' })).status).toBe(400)
    expect(sentTo(await visitor.post('/auth/openid/logout/confirm', { xsrf }))).toBe(LEAVE)
    expect((await visitor.get('/auth/tokens')).status).toBe(200)
  })

  it('is no link that any site could make', async () => {
    const visitor = await signedIn(postern, 'ada')
    const { status, headers } = await visitor.get('/auth/openid/logout/success')
    expect([status, headers.location, headers['set-cookie']]).toEqual([303, '/auth/account', undefined])
    expect((await visitor.get('/auth/tokens')).status).toBe(200)
  })

  it('leads to no address that is not the client’s', async () => {
    const party = await register(postern, { postLogoutUris: [LEAVE] })
    const visitor = await signedIn(postern, 'ada')
    const foreign = { client_id: party.id, post_logout_redirect_uri: 'https://evil.example.org/' }
    const answer = await visitor.get(`/auth/openid/logout?${new URLSearchParams(foreign)}`)
    expect([answer.status, answer.headers.location]).toEqual([400, undefined])
    const fields = { ...foreign, post_logout_redirect_uri: 'https://evil.example.org/' }
    const other = await signedIn(postern, 'eve')
    expect(sentTo(await other.post('/logout', fields))).toBe('/login')
    const nobody = await visitor.get('/auth/openid/logout?post_logout_redirect_uri=https://evil.example.org/')
    expect(formsOf(nobody)).not.toContain('https://evil.example.org')
  })
})
