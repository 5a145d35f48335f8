import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as oidc from 'openid-client'
import request from 'supertest'
import { CLI_CLIENT } from '../../server/core/openid/device.js'
import { signedIn, Visitor } from '../support/clients/visitor.js'
import { ASKED, PASSWORD, type RunningPostern } from '../support/postern.js'
import { CALLBACK, register, sentTo, signInTo, startProvider } from './support/relying-party.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startProvider()
})
afterAll(() => postern.stop())

describe('a client with a secret', () => {
  it('signs a user in who has a session, without a page', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada', ['users', 'g_users'])
    const tokens = await signInTo(party, visitor)
    expect(tokens.token_type).toBe('bearer')
    expect(tokens.access_token).toMatch(/^gt-[\w-]{22}\.[\w-]{22}$/)
    const claims = tokens.claims()
    expect(claims).toMatchObject({
      aud: party.id,
      iss: postern.context.settings.baseUrl.origin,
      sub: 'ada',
      preferred_username: 'ada',
      email: 'ada@example.org',
      groups: ['g_users', 'users'],
      data_rights: 'dp0.1 dp0.2 dp1',
      scope: 'email groups openid profile rubin',
    })
    expect(claims?.auth_time).toBeLessThanOrEqual(postern.now())
    expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('RS256')
    expect(await oidc.fetchUserInfo(party.config, tokens.access_token, 'ada')).toMatchObject({
      sub: 'ada',
      email: 'ada@example.org',
      data_rights: 'dp0.1 dp0.2 dp1',
    })
  })

  it('has a user without a session sign in first, and goes on with the same request', async () => {
    const party = await register(postern)
    await postern.account('grace')
    const visitor = new Visitor(postern)
    const begun = await party.begin()
    const asked = new URL(sentTo(await visitor.get(begun.path)), postern.url)
    expect(asked.pathname).toBe('/login')
    const rd = asked.searchParams.get('rd') ?? ''
    expect(rd).toBe(new URL(begun.path, postern.context.settings.baseUrl).href)
    const entered = new URL(sentTo(await visitor.signIn('grace', undefined, rd)))
    const tokens = await party.finish(sentTo(await visitor.get(`${entered.pathname}${entered.search}`)), begun)
    expect(tokens.claims()?.sub).toBe('grace')
  })

  it('tells of a user only what its scopes ask for', async () => {
    const party = await register(postern)
    const tokens = await signInTo(party, await signedIn(postern, 'ada'), { scope: 'openid' })
    const { sub, scope, email, groups, name, data_rights } = decodeJwt(tokens.id_token ?? '')
    expect([sub, scope]).toEqual(['ada', 'openid'])
    expect([email, groups, name, data_rights]).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('the token of a client', () => {
  it('is a child of the session without scopes, which its owner sees, recorded with its client', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const tokens = await signInTo(party, visitor)
    const key = tokens.access_token.slice(3, 25)
    const info = await request(postern.server)
      .get('/auth/api/v1/token-info')
      .set('Authorization', `Bearer ${tokens.access_token}`)
    expect(info.body).toMatchObject({ username: 'ada', token_type: 'oidc', scopes: [], service: party.id, token: key })
    const list = await visitor.get('/auth/api/v1/users/ada/tokens')
    expect(list.body.map((each: { token: string }) => each.token)).toContain(key)
    const history = await visitor.get(`/auth/api/v1/users/ada/tokens/${key}/change-history`)
    expect(history.body).toMatchObject([{ token_type: 'oidc', action: 'create', actor: 'ada', service: party.id }])
    expect(history.body[0].parent).toBe(info.body.parent)
  })

  it('ends with the session, everywhere at once', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const { access_token } = await signInTo(party, visitor)
    const bearer = { Authorization: `Bearer ${access_token}` }
    const check = () =>
      request(postern.server)
        .get('/ingress/auth')
        .set({ ...ASKED, ...bearer })
    expect((await check()).status).toBe(200)
    await visitor.get('/auth/account')
    await visitor.post('/logout')
    expect((await check()).status).toBe(401)
    expect((await request(postern.server).get('/auth/openid/userinfo').set(bearer)).status).toBe(401)
  })
})

describe('a code', () => {
  it('that is shown twice is refused, and what it gave is revoked', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const other = await signInTo(party, visitor)
    const begun = await party.begin()
    const sent = sentTo(await visitor.get(begun.path))
    const tokens = await party.finish(sent, begun)
    await expect(party.finish(sent, begun)).rejects.toMatchObject({ error: 'invalid_grant' })
    const info = (token: string) =>
      request(postern.server).get('/auth/api/v1/token-info').set('Authorization', `Bearer ${token}`)
    expect((await info(tokens.access_token)).status).toBe(401)
    expect((await info(other.access_token)).status).toBe(200)
  })
})

describe('a request that leads nowhere', () => {
  const asked = (parameters: Record<string, string>) => `/auth/openid/login?${new URLSearchParams(parameters)}`

  it('of an unknown client, or to a foreign address, is answered here in Gafaelfawr’s words', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const usual = { response_type: 'code', scope: 'openid', redirect_uri: CALLBACK, client_id: party.id }
    const unknown = await visitor.get(asked({ ...usual, client_id: 'nobody' }))
    expect(unknown.status).toBe(403)
    expect(unknown.body.detail[0]).toMatchObject({
      type: 'invalid_client',
      msg: 'Unknown client ID nobody in OpenID Connect request',
      loc: ['query', 'client_id'],
    })
    const foreign = await visitor.get(asked({ ...usual, redirect_uri: 'https://evil.example.org/' }))
    expect(foreign.status).toBe(403)
    expect(foreign.body.detail[0].type).toBe('return_uri_mismatch')
    expect(foreign.headers.location).toBeUndefined()
  })
})

describe('the documents', () => {
  it('of OAuth and of OpenID Connect say the same', async () => {
    const [oauth, openId] = await Promise.all(
      ['oauth-authorization-server', 'openid-configuration'].map((each) =>
        request(postern.server).get(`/.well-known/${each}`),
      ),
    )
    expect(oauth?.status).toBe(200)
    expect(oauth?.body).toEqual(openId?.body)
    expect(oauth?.body.introspection_endpoint).toMatch(/\/auth\/openid\/introspect$/)
  })

  it('name addresses of the base URL, whatever a request says of the host', async () => {
    const forged = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' }
    const { body } = await request(postern.server).get('/.well-known/openid-configuration').set(forged)
    const addresses = Object.values(body).filter((each) => String(each).startsWith('http'))
    expect(addresses.length).toBeGreaterThan(5)
    for (const each of addresses) expect(String(each)).toContain(`${postern.context.settings.baseUrl.origin}`)
    expect(JSON.stringify(body)).not.toContain('evil')
  })
})

describe('below the path of the base URL', () => {
  let below: RunningPostern
  let site = ''

  beforeAll(async () => {
    below = await startProvider({ settings: { deviceLogin: { enabled: true } } }, '/postern')
    site = `${below.url}/postern`
  })
  afterAll(() => below.stop())

  it('are all addresses of the document, and the issuer', async () => {
    const { body } = await request(below.server).get('/postern/.well-known/openid-configuration')
    const addresses = Object.values(body).filter((each) => String(each).startsWith('http'))
    expect(addresses.length).toBeGreaterThan(5)
    expect(addresses.filter((each) => each !== site && !String(each).startsWith(`${site}/`))).toEqual([])
    expect(body.issuer).toBe(site)
  })

  it('a device is told an address that opens the page for its code', async () => {
    const asking = request(below.server).post('/postern/auth/openid/device/code')
    const { body } = await asking.type('form').send({ client_id: CLI_CLIENT })
    expect(body.verification_uri).toBe(`${site}/auth/device`)
    const { status, headers } = await new Visitor(below).get(new URL(body.verification_uri_complete).pathname)
    expect([status, headers.location]).toEqual([303, expect.stringMatching(/^\/postern\/login\?rd=/)])
  })

  it('a user signs in, is asked, and gets to the client; signing out there leads back', async () => {
    const party = await register(below, { isOwnSite: false })
    await below.account('grace')
    const visitor = new Visitor(below)
    const begun = await party.begin()
    const sign = new URL(sentTo(await visitor.get(begun.path)), site)
    expect(sign.pathname).toBe('/postern/login')
    const page = await visitor.get(`${sign.pathname}${sign.search}`)
    expect(page.headers['content-security-policy']).toContain(`form-action ${new URL(CALLBACK).origin} `)
    const rd = sign.searchParams.get('rd') ?? ''
    const entered = new URL(sentTo(await visitor.post('/postern/login', { username: 'grace', password: PASSWORD, rd })))
    const asked = sentTo(await visitor.get(`${entered.pathname}${entered.search}`))
    expect(asked).toMatch(/^\/postern\/auth\/openid\/interaction\/[\w-]+$/)
    expect((await visitor.get(asked)).text).toContain(`action="${asked}"`)
    const resumed = new URL(sentTo(await visitor.post(asked, { answer: 'allow' })))
    expect(resumed.href.startsWith(`${site}/auth/openid/login/`)).toBe(true)
    const tokens = await party.finish(sentTo(await visitor.get(resumed.pathname)), begun)
    expect(tokens.claims()).toMatchObject({ iss: site, sub: 'grace' })
    const leaving = await visitor.get(`/postern/auth/openid/logout?id_token_hint=${tokens.id_token}`)
    expect(leaving.text).toContain('action="/postern/logout"')
    expect(leaving.text).toContain('formaction="/postern/auth/openid/logout/confirm"')
  })

  it('a sign-in that must be new is asked for once', async () => {
    const party = await register(below)
    await below.account('ada')
    const visitor = new Visitor(below)
    await visitor.get('/postern/login')
    await visitor.post('/postern/login', { username: 'ada', password: PASSWORD, rd: '' })
    below.advance(60)
    const begun = await party.begin({ max_age: '10' })
    const again = new URL(sentTo(await visitor.get(begun.path)), site)
    expect(again.pathname).toBe('/postern/auth/reauthenticate')
    await visitor.get(`${again.pathname}${again.search}`)
    const rd = again.searchParams.get('rd') ?? ''
    const entered = new URL(sentTo(await visitor.post('/postern/auth/reauthenticate', { password: PASSWORD, rd })))
    const tokens = await party.finish(sentTo(await visitor.get(`${entered.pathname}${entered.search}`)), begun)
    expect(tokens.claims()?.sub).toBe('ada')
  })
})
