import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Response } from 'supertest'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { Traveller } from '../../support/clients/traveller.js'
import { Visitor } from '../../support/clients/visitor.js'
import { CLIENT, type IdentityProvider, startIdentityProvider } from '../../support/peers/identity-provider.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { expectNotSignedIn, traces } from '../../support/sign-in-refused.js'

const SITE = 'http://127.0.0.1:8080'
/** As Entra ID sends it: the source is at a host that is not the provider's. */
const ELSEWHERE = { endpoint: 'https://graph.windows.net/1234/users/5678/getMemberObjects' }
let institute: IdentityProvider
let postern: RunningPostern

beforeAll(async () => {
  institute = await startIdentityProvider({ redirectUris: [`${SITE}/login`] })
  const keycloak = { ...CLIENT, issuer: institute.issuer, title: 'The Institute' }
  postern = await startPostern({ settings: { keycloak: { ...keycloak, groupNames: { '/lab/staff': 'users' } } } })
})
afterAll(async () => {
  await postern.stop()
  await institute.stop()
})

async function signIn(username: string, claims: Record<string, unknown>): Promise<Response> {
  const about = { email: 'x@example.org', email_verified: true, name: username }
  institute.people.set(username, { preferred_username: username, ...about, ...claims })
  const visitor = new Visitor(postern)
  const { pathname, search } = await new Traveller().goThrough(await visitor.get('/login'), username)
  return visitor.get(`${pathname}${search}`)
}

async function groupsOf(username: string) {
  return (await findPersonRow(postern.context.postgres, username))?.groups?.map(({ name }) => name)
}

it('Groups with slashes and spaces are mapped, and the log has those that are left out', async () => {
  const groups = ['/lab/staff', 'Lab Guests', `/${'x'.repeat(200)}`]
  expect((await signIn('ada', { groups })).status).toBe(303)
  expect(await groupsOf('ada')).toEqual(['users'])
  expect(postern.logged()).toMatch(/"user":"ada","provider":"keycloak","groups":\["Lab Guests","\/x{79}"\],"count":2/)
})

const source = (of: object) => ({ _claim_names: { groups: 'src1' }, _claim_sources: { src1: of } })
const withheld = {
  code: 'groups_withheld',
  status: 403,
  says: 'The Institute left out your groups, because there are too many',
}

it('Groups that the provider left out are fetched from its own source with the user’s access token', async () => {
  institute.sourced.set('grace', { groups: ['users', 'navy'] })
  expect((await signIn('grace', source({ endpoint: `${institute.issuer}/claims` }))).status).toBe(303)
  expect(await groupsOf('grace')).toEqual(['users', 'navy'])
})

it.each([
  ['are at a source elsewhere', () => source(ELSEWHERE), /source of groups is at graph\.windows\.net, which gets no/],
  ['are at a source that refuses', () => source({ endpoint: `${institute.issuer}/claims`, access_token: 'x' }), /401/],
  ['are at a source that is none', () => source({ endpoint: `${institute.issuer}/nowhere` }), /status 404/],
  ['have a source without an address', () => source({ endpoint: 'here' }), /no source of groups is named/],
])('Groups that %s are named as the cause, on the page and in the log', async (_where, claims, cause) => {
  const before = await traces(postern)
  await expectNotSignedIn(postern, await signIn('emmy', claims()), before, { ...withheld, cause })
  expect(postern.logged()).toContain('Provider groups withheld')
})

it('Groups that a source names for another user are not taken', async () => {
  institute.sourced.set('lise', { sub: 'grace', groups: ['users'] })
  const response = await signIn('lise', source({ endpoint: `${institute.issuer}/claims` }))
  expect(response.status).toBe(403)
  expect(await groupsOf('lise')).toEqual([])
})
