import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { DAY } from '../../../server/core/time.js'
import { Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { type GafaelfawrStoresOfTest, startGafaelfawrStores } from '../../support/gafaelfawr/stores.js'
import { type GafaelfawrValue, gafaelfawrValue, tokenText } from '../../support/gafaelfawr/values.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'
import { describeWith } from '../../support/run/requires.js'

let gafaelfawr: GafaelfawrStoresOfTest
let postern: RunningPostern

beforeAll(async () => {
  gafaelfawr = await startGafaelfawrStores()
  postern = await startPostern({ settings: { gafaelfawr: gafaelfawr.settings } })
})
afterAll(async () => {
  await postern.stop()
  await gafaelfawr.stop()
})

const session = (fields: Partial<GafaelfawrValue> = {}) =>
  gafaelfawrValue({
    token_type: 'session',
    created: postern.now() - DAY,
    expires: postern.now() + DAY,
    scopes: ['exec:portal', 'read:tap', 'user:token'],
    ...fields,
  })

/** A browser that has Gafaelfawr's cookie of a new session. */
async function browser(username: string, visitor = new Visitor(postern)) {
  const value = session({ username })
  await gafaelfawr.put({ value })
  await postern.account(username)
  const cookie = gafaelfawr.cookie(value)
  visitor.agent.jar.setCookie(`${cookie}; Path=/`, '127.0.0.1', '/')
  return { visitor, value, cookie }
}

const check = (headers: Record<string, string>, query = '') =>
  fetch(`${postern.url}/ingress/auth?${query}`, { headers: { ...ASKED, ...headers } })

/** The cookies that a browser has, by name. */
const cookiesOf = ({ agent }: Visitor) =>
  agent.jar.getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false })

const named = (visitor: Visitor, name: string) => cookiesOf(visitor).find((cookie) => cookie.name === name)?.value

describeWith(['cryptography'], 'the cookie of the Gafaelfawr before', () => {
  it('admits its session, and no service sees it, not even a response that is cached', async () => {
    const { cookie, value } = await browser('checked')
    const headers = { Cookie: `first=1; ${cookie}; last=2` }
    for (let times = 0; times < 3; times++) {
      const { status, headers: answer } = await check(headers)
      expect([status, answer.get('X-Auth-Request-User')]).toEqual([200, 'checked'])
      expect(answer.get('Cookie')).toBe('first=1; last=2')
    }
    const alone = await check({ Cookie: cookie })
    expect([alone.status, alone.headers.get('Cookie')]).toEqual([200, null])
    expect((await check({ Cookie: cookie }, 'allow_cookies=false')).status).toBe(401)
    await postern.revoke(tokenText(value))
    expect((await check(headers)).status).toBe(401)
    const stranger = await fetch(`${postern.url}/ingress/anonymous`, { headers: { ...ASKED, ...headers } })
    expect(stranger.headers.get('Cookie')).toBe('first=1; last=2')
  })

  it('is no credential when it was encrypted with another secret, or has no token yet', async () => {
    const elsewhere = await startGafaelfawrStores()
    const { value } = await browser('forged')
    expect((await check({ Cookie: elsewhere.cookie(value) })).status).toBe(401)
    await elsewhere.stop()
    expect((await check({ Cookie: 'gafaelfawr=gAAAAA' })).status).toBe(401)
    const mine = await postern.token('forged')
    expect((await check({ Cookie: 'gafaelfawr=gAAAAA', Authorization: `Bearer ${mine}` })).status).toBe(200)
  })

  it('is replaced by ours at the next page, and stays, so that Gafaelfawr would take it again', async () => {
    const { visitor, value } = await browser('adopted')
    const page = await visitor.get('/auth/tokens')
    expect(page.status).toBe(200)
    expect(named(visitor, 'postern')).toBe(tokenText(value))
    expect(named(visitor, 'gafaelfawr')).toBeDefined()
    expect((await check({ Cookie: `postern=${tokenText(value)}` })).status).toBe(200)
    expect((await visitor.get('/auth/tokens')).headers['set-cookie']).toBeUndefined()
  })

  it('changes nothing without our CSRF token', async () => {
    const { visitor, cookie } = await browser('careful')
    const create = (headers: Record<string, string>) =>
      fetch(`${postern.url}/auth/api/v1/users/careful/tokens`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Cookie: cookie, ...headers },
        body: JSON.stringify({ token_name: 'by cookie' }),
      })
    expect((await create({})).status).toBe(403)
    expect((await create({ 'X-CSRF-Token': 'x' })).status).toBe(403)
    await visitor.get('/auth/tokens')
    expect((await visitor.post('/auth/sessions/end-others', { csrf: 'x' })).status).toBe(403)
    const login = await fetch(`${postern.url}/auth/api/v1/login`, { headers: { Cookie: cookie } })
    const { csrf } = (await login.json()) as { csrf: string }
    expect((await create({ 'X-CSRF-Token': csrf })).status).toBe(201)
  })

  it('goes with the session that its user signs out of', async () => {
    const { visitor, cookie } = await browser('leaver')
    await visitor.get('/logout')
    expect((await visitor.post('/logout')).status).toBe(303)
    expect([named(visitor, 'postern'), named(visitor, 'gafaelfawr')]).toEqual([undefined, undefined])
    expect((await check({ Cookie: cookie })).status).toBe(401)
    expect((await visitor.get('/auth/tokens')).status).toBe(303)
  })

  it('goes when its user signs in here, and its session ends', async () => {
    const form = new Visitor(postern)
    await form.get('/login')
    const { visitor, cookie } = await browser('returned', form)
    await visitor.post('/login', { username: 'returned', password: PASSWORD, rd: '' })
    expect(named(visitor, 'gafaelfawr')).toBeUndefined()
    expect((await check({ Cookie: cookie })).status).toBe(401)
    expect((await visitor.get('/auth/tokens')).status).toBe(200)
  })

  it('waits for Gafaelfawr’s stores behind other credentials, and keeps no user from signing in', async () => {
    const { visitor, cookie } = await browser('patient')
    const mine = await postern.token('patient')
    await Promise.all([gafaelfawr.redisRelay.cut(), gafaelfawr.databaseRelay.cut()])
    expect((await check({ Cookie: cookie })).status).toBe(503)
    expect((await check({ Cookie: cookie, Authorization: 'Bearer gt-malformed' })).status).toBe(503)
    expect((await check({ Cookie: cookie, Authorization: `Bearer ${mine}` })).status).toBe(200)
    expect((await visitor.get('/auth/tokens')).status).toBe(303)
    await visitor.signIn('patient')
    expect((await visitor.get('/auth/tokens')).status).toBe(200)
    await Promise.all([gafaelfawr.redisRelay.mend(), gafaelfawr.databaseRelay.mend()])
    await eventually(async () => expect((await check({ Cookie: cookie })).status).toBe(200))
  })
})
