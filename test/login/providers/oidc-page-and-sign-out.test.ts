import { describe, expect, it } from '@jest/globals'
import { Refusal } from '../../../server/core/access/refusal.js'
import { createClient } from '../../../server/openid/clients.js'
import { Visitor } from '../../support/clients/visitor.js'
import { CLIENT, startIdentityProvider } from '../../support/peers/identity-provider.js'
import { PASSWORD, startPostern } from '../../support/postern.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import { freshDatabase } from '../../support/stores/stores.js'
import { goThrough, institute, postern, SITE, sessionsOf, signIn, startAt, to } from './support/oidc-site.js'

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
    const links = [...page.text.matchAll(/href="(\/login\/[^"]+)">(?:<svg.*?<\/svg>)?\s*Sign in with ([^<]+)</gs)].map(
      ([, href, title]) => [title, href],
    )
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

  it('is come back to below the path of the base URL', async () => {
    const provider = await startIdentityProvider({ redirectUris: [`${SITE}/postern/login`] })
    provider.people.set('1', { preferred_username: 'ada', groups: ['users'] })
    const keycloak = { ...CLIENT, issuer: provider.issuer }
    const site = await startPostern({ baseUrl: `${SITE}/postern`, settings: { keycloak } })
    const back = await goThrough(new Visitor(site), '1', '/postern/login')
    expect(back).toMatch(/^\/postern\/login\?code=/)
    const { status, headers } = await signIn(new Visitor(site), '1', '/postern/login')
    expect([status, headers.location]).toEqual([303, `${SITE}/postern/auth/tokens`])
    expect(await sessionsOf('ada', site)).toHaveLength(1)
    await site.stop()
    await provider.stop()
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
      says: 'belongs to another user',
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

  it('by way of a client of ours leads to the provider’s own sign-out as well', async () => {
    const site = await startAt(institute.issuer, { oidcServer: { enabled: true } })
    const address = 'https://grafana.example.org/signed-out'
    const wish = { description: 'Grafana', redirectUris: [address], postLogoutUris: [address], requiredGroups: [] }
    const made = await createClient(site.context, { ...wish, isPublic: false, isOwnSite: true }, { username: 'root' })
    const asked = { client_id: made instanceof Refusal ? '' : made.client.id, post_logout_redirect_uri: address }
    const visitor = new Visitor(site)
    await signIn(visitor, '1815')
    await visitor.get(`/auth/openid/logout?${new URLSearchParams(asked)}`)
    const { headers } = await visitor.post('/logout', asked)
    expect(await sessionsOf('ada', site)).toEqual([])
    expect(String(headers.refresh).startsWith(`0;url=${institute.issuer}/`)).toBe(true)
    expect(String(headers.refresh)).toContain('id_token_hint=ey')
    expect(String(headers['set-cookie'])).toContain('postern-kept=;')
    await site.stop()
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
