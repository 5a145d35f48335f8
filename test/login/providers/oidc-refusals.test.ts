import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { disableAccount } from '../../../server/login/account-status.js'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { Visitor } from '../../support/clients/visitor.js'
import { type IdentityProvider, startIdentityProvider } from '../../support/peers/identity-provider.js'
import { PASSWORD, type RunningPostern } from '../../support/postern.js'
import { freePort } from '../../support/run/ports.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { goThrough, postern, SITE, signIn, startAt, TOKENS } from './support/oidc-site.js'

describe('a sign-in is refused', () => {
  it('to a user in no group that may use the site; they are known from then on', async () => {
    const before = await traces(postern)
    const response = await signIn(new Visitor(postern), '1646')
    const expected = {
      code: 'no_access',
      status: 403,
      says: 'administrators to add you to a group',
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
      says: 'Your user name belongs to another user',
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
      says: 'The Institute did not respond in time',
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
