import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Response } from 'supertest'
import type { Scope } from '../../../server/core/token/scope.js'
import { formatToken } from '../../../server/core/token/token.js'
import { listUserTokens } from '../../../server/storage/postgres/tokens.js'
import { openSession } from '../../../server/tokens/open-session.js'
import { Traveller } from '../../support/clients/traveller.js'
import { Visitor } from '../../support/clients/visitor.js'
import { CLIENT_ID, type Forgery, signed, startProviderStandIn } from '../../support/peers/provider-stand-in.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { traces } from '../../support/sign-in-refused.js'
import { HERE, institute, pathOf, postern, SITE, sessionsOf, signIn } from './support/oidc-site.js'

const AGAIN = '/auth/reauthenticate'
const PROVIDER = `${AGAIN}/provider?rd=/info`
const SCOPES = ['admin:token', 'read:tap', 'user:token'] as Scope[]

beforeEach(() => {
  institute.people.set('1912', { preferred_username: 'root', groups: ['users', 'admins'] })
})

/** An administrator in a browser, who signed in at the provider so long ago. */
async function administrator(site: RunningPostern, age = 1000): Promise<Visitor> {
  const visitor = new Visitor(site)
  const person = { username: 'root', scopes: SCOPES, groups: ['users', 'admins'] }
  const origin = { provider: 'keycloak', authenticated: site.now() - age }
  const session = formatToken(await openSession(site.context, person, origin))
  visitor.agent.jar.setCookie(`postern=${session}; Domain=${HERE.domain}; Path=/`)
  return visitor
}

/** Refused: the session is what it was, and there is no other. */
async function expectUnchanged(site: RunningPostern, answer: Response, before: unknown, says: string): Promise<void> {
  expect(answer.text).toContain('You have not signed in again')
  expect(answer.text).toContain(says)
  expect(answer.text).toContain(`href="${AGAIN}?rd=%2Finfo"`)
  expect(String(answer.headers['set-cookie'])).not.toContain('=gt-')
  expect(await traces(site)).toEqual(before)
}

describe('signing in again at an OpenID provider', () => {
  it('makes the provider ask anew, whatever session it has, and goes on with the form that waited', async () => {
    // Its user is bound to the identity by an ordinary sign-in.
    await signIn(new Visitor(postern), '1912')
    const root = await administrator(postern)
    await root.get('/auth/tokens')
    const asked = await root.post('/auth/tokens', { name: 'eternal', scope: ['read:tap'], expires: 'never' })
    expect(asked.status).toBe(403)
    const [, href = ''] = /href="(\/auth\/reauthenticate\/provider[^"]*)"/.exec(asked.text) ?? []
    const departure = await root.get(href)
    const { searchParams } = new URL(departure.headers.location ?? '')
    expect(Object.fromEntries(searchParams)).toMatchObject({ prompt: 'login', max_age: '0' })
    const at = postern.now()
    const back = await root.get(pathOf(await new Traveller().goThrough(departure, '1912')))
    expect(back.headers.location).toBe(`${SITE}${AGAIN}/resume`)
    const [session] = await sessionsOf('root')
    expect(session?.authenticated).toBeGreaterThanOrEqual(at - 1)
    const page = await root.get(`${AGAIN}/resume`)
    expect(page.text).toContain('name="name" value="eternal"')
    const form = { name: 'eternal', scope: ['read:tap'], expires: 'never' }
    expect((await root.post('/auth/tokens', form)).status).toBe(201)
    expect((await listUserTokens(postern.context.postgres, 'root')).map(({ name }) => name)).toEqual(['eternal'])
  })

  it('refuses another user, whose sign-in would be used for the acts of the first', async () => {
    await signIn(new Visitor(postern), '1912')
    const root = await administrator(postern)
    const departure = await root.get(PROVIDER)
    const before = await traces(postern)
    const back = await root.get(pathOf(await new Traveller().goThrough(departure, '1815')))
    expect(back.status).toBe(403)
    await expectUnchanged(postern, back, before, 'You signed in again as another user')
    expect((await root.get('/info')).status).toBe(200)
  })

  it('refuses another subject with the same user name', async () => {
    await signIn(new Visitor(postern), '1912')
    institute.people.set('6666', { preferred_username: 'root', groups: ['users', 'admins'] })
    const root = await administrator(postern)
    const departure = await root.get(PROVIDER)
    const before = await traces(postern)
    const back = await root.get(pathOf(await new Traveller().goThrough(departure, '6666')))
    expect(back.status).toBe(403)
    await expectUnchanged(postern, back, before, 'belongs to another user')
  })

  it('refuses an answer to an address from which the browser took max_age', async () => {
    await signIn(new Visitor(postern), '1912')
    const root = await administrator(postern)
    const departure = await root.get(PROVIDER)
    const before = await traces(postern)
    const address = new URL(departure.headers.location ?? '')
    for (const name of ['prompt', 'max_age']) address.searchParams.delete(name)
    departure.headers.location = address.href
    const back = await root.get(pathOf(await new Traveller().goThrough(departure, '1912')))
    expect(back.status).toBe(502)
    await expectUnchanged(postern, back, before, 'does not confirm that you signed in there just now')
  })
})

describe('an ID token of a provider that did not ask anew', () => {
  const second = () => Math.floor(Date.now() / 1000)

  it.each<[string, () => Forgery, number]>([
    ['is refused without auth_time', () => ({}), 502],
    ['is refused with an auth_time from before', () => ({ claims: { auth_time: second() - 3600 } }), 502],
    ['is refused with an auth_time that is no number', () => ({ claims: { auth_time: String(second()) } }), 502],
    ['is refused with an auth_time to come', () => ({ claims: { auth_time: second() + 600 } }), 502],
    ['is told from one that did', () => ({ claims: { auth_time: second() } }), 303],
  ])('%s', async (_what, forgery, status) => {
    const standIn = await startProviderStandIn()
    const keycloak = { clientId: CLIENT_ID, clientSecret: 'hunter2-of-the-client', issuer: standIn.issuer }
    const site = await startPostern({ settings: { keycloak } })
    try {
      standIn.answer = {
        idToken: (nonce, self) => {
          const { claims } = forgery()
          const who = { sub: '1912', preferred_username: 'root', groups: ['users', 'admins'] }
          return signed(self, nonce, { claims: { ...who, ...claims } })
        },
      }
      const root = await administrator(site)
      const { searchParams } = new URL(String((await root.get(PROVIDER)).headers.location))
      const before = await traces(site)
      const back = await root.get(`/login?code=${searchParams.get('nonce')}&state=${searchParams.get('state')}`)
      expect(back.status).toBe(status)
      if (status === 303) expect(await sessionsOf('root', site)).toMatchObject([{ provider: 'keycloak' }])
      else expect(await traces(site)).toEqual(before)
    } finally {
      await Promise.all([site.stop(), standIn.stop()])
    }
  })
})
