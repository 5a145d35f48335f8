import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { isAdminScope } from '../../../server/core/token/scope.js'
import { settingsSchema } from '../../../server/settings/schema.js'
import { Traveller } from '../../support/clients/traveller.js'
import { Visitor } from '../../support/clients/visitor.js'
import { CLIENT } from '../../support/peers/identity-provider.js'
import type { RunningPostern } from '../../support/postern.js'
import { institute, pathOf, sessionsOf, signIn, startAt } from './support/oidc-site.js'

let site: RunningPostern

beforeEach(async () => {
  const keycloak = { ...CLIENT, issuer: institute.issuer, requireAcr: ['second-factor', 'passkey'] }
  site = await startAt(institute.issuer, { keycloak })
})
afterEach(() => site.stop())

/** The provider's administrator, who proves who they are in this way. */
const provesBy = (acr: string) =>
  institute.people.set('1912', { preferred_username: 'root', groups: ['users', 'admins'], acr })

it('The provider is asked for the required ways at each sign-in', async () => {
  const { headers } = await new Visitor(site).get('/login')
  expect(new URL(String(headers.location)).searchParams.get('acr_values')).toBe('second-factor passkey')
})

it('A sign-in in a required way gives an administrator their scopes', async () => {
  provesBy('second-factor')
  const visitor = new Visitor(site)
  await signIn(visitor, '1912')
  const [session] = await sessionsOf('root', site)
  expect(session?.scopes.filter(isAdminScope)).toEqual(['admin:jupyterlab', 'admin:token', 'admin:userinfo'])
  expect(session?.withheld).toBeUndefined()
  expect((await visitor.get('/auth/admin')).status).toBe(200)
})

it('Another sign-in gives a session without them, which says so, and can be followed by a stronger one', async () => {
  provesBy('password')
  const visitor = new Visitor(site)
  await signIn(visitor, '1912')
  const [session] = await sessionsOf('root', site)
  expect(session?.scopes.filter(isAdminScope)).toEqual([])
  expect(session?.scopes).toEqual(expect.arrayContaining(['exec:admin', 'read:tap', 'user:token']))
  expect((await visitor.get('/auth/admin')).status).toBe(404)
  const { text } = await visitor.get('/auth/account')
  expect(text).toContain('Not in this session')
  expect(text).toContain('<code>admin:token</code>')
  expect(site.logged()).toMatch(/"user":"root","provider":"keycloak","withheld":\["admin:[^\n]*scopes withheld"/)
  // No token gives them either.
  const wish = { name: 'stronger', scope: ['admin:token', 'read:tap'], expires: '30d' }
  await visitor.get('/auth/tokens/new')
  expect((await visitor.post('/auth/tokens', wish)).status).toBe(422)
  expect(await site.context.postgres.prisma.token.count()).toBe(0)

  provesBy('second-factor')
  const departure = await visitor.get('/auth/reauthenticate/provider?rd=/info')
  await visitor.get(pathOf(await new Traveller().goThrough(departure, '1912')))
  expect((await visitor.get('/auth/account')).text).not.toContain('Not in this session')
  expect((await visitor.get('/auth/admin')).status).toBe(200)
})

it('Users who are no administrators sign in as before', async () => {
  await signIn(new Visitor(site), '1815')
  const [session] = await sessionsOf('ada', site)
  expect([session?.scopes.length, session?.withheld]).toEqual([expect.any(Number), undefined])
})

it.each([[['two words']], [[]], [['']]])('%j is no list of ways', (requireAcr) => {
  const keycloak = { ...CLIENT, issuer: institute.issuer, requireAcr }
  expect(settingsSchema.safeParse({ keycloak }).success).toBe(false)
})
