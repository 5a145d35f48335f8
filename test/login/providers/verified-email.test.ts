import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { verifiedEmailsOf } from '../../../server/people/verified-emails.js'
import { Traveller } from '../../support/clients/traveller.js'
import { Visitor } from '../../support/clients/visitor.js'
import { CLIENT, type IdentityProvider, startIdentityProvider } from '../../support/peers/identity-provider.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

const SITE = 'http://127.0.0.1:8080'
const EMAIL = 'str@example.org'
let institute: IdentityProvider
let postern: RunningPostern
let trusting: RunningPostern

beforeAll(async () => {
  const redirectUris = [`${SITE}/login`]
  institute = await startIdentityProvider({ redirectUris, onlyAtUserInfo: ['email_verified'] })
  const keycloak = { ...CLIENT, issuer: institute.issuer }
  postern = await startPostern({ settings: { keycloak } })
  trusting = await startPostern({ settings: { keycloak: { ...keycloak, trustEmail: true } } })
})
afterAll(async () => {
  await Promise.all([postern.stop(), trusting.stop()])
  await institute.stop()
})

/** Signs a user in with a mark that only UserInfo has; returns their account page. */
async function signIn(site: RunningPostern, username: string, mark: Record<string, unknown>): Promise<string> {
  institute.people.set(username, { preferred_username: username, email: EMAIL, name: 'S', groups: ['users'], ...mark })
  const visitor = new Visitor(site)
  const { pathname, search } = await new Traveller().goThrough(await visitor.get('/login'), username)
  expect((await visitor.get(`${pathname}${search}`)).status).toBe(303)
  return (await visitor.get('/auth/account')).text
}

it.each([
  ['bool', { email_verified: true }],
  ['text', { email_verified: 'true' }],
])('An address that UserInfo marks as verified, in %s, counts', async (username, mark) => {
  const page = await signIn(postern, username, mark)
  expect(await verifiedEmailsOf(postern.context, username)).toEqual([EMAIL])
  expect(page).toContain(EMAIL)
  expect(page).not.toContain('Not verified')
})

it.each([
  ['absent', {}],
  ['no', { email_verified: 'false' }],
])('An address with a mark that is %s does not count, as its user and the log are told', async (username, mark) => {
  const page = await signIn(postern, username, mark)
  expect(await verifiedEmailsOf(postern.context, username)).toEqual([])
  expect(page).toMatch(/str@example\.org <span class="badge unproven">Not verified/)
  expect(postern.logged()).toMatch(new RegExp(`"user":"${username}","provider":"keycloak"[^\\n]*address not verified`))
})

it('A provider that is trusted vouches for the addresses that it does not mark, and for no other', async () => {
  await signIn(trusting, 'absent', {})
  await signIn(trusting, 'no', { email_verified: false })
  expect(await verifiedEmailsOf(trusting.context, 'absent')).toEqual([EMAIL])
  expect(await verifiedEmailsOf(trusting.context, 'no')).toEqual([])
})
