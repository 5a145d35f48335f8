import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals'
import { listSessions } from '../../../../server/storage/redis/sessions.js'
import { Traveller } from '../../../support/clients/traveller.js'
import type { Visitor } from '../../../support/clients/visitor.js'
import { CLIENT, type IdentityProvider, startIdentityProvider } from '../../../support/peers/identity-provider.js'
import { type RunningPostern, startPostern } from '../../../support/postern.js'

export const SITE = 'http://127.0.0.1:8080'
export const TOKENS = `${SITE}/auth/tokens`
/** The browser's address, as its jar of cookies asks for it. */
export const HERE = { domain: '127.0.0.1', path: '/', secure: false, script: false }
export const LOST = { code: 'sign_in_lost', status: 403, says: 'started in another browser' }

export let institute: IdentityProvider
export let postern: RunningPostern

beforeAll(async () => {
  institute = await startIdentityProvider({ redirectUris: [`${SITE}/login`], afterLogout: [`${SITE}/login`] })
  institute.people.set('1815', {
    preferred_username: 'ada',
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    email_verified: true,
    groups: ['/users', 'astro', 'not/usable'],
  })
  institute.people.set('1906', { preferred_username: 'grace', groups: ['users'] })
  institute.people.set('1646', { preferred_username: 'tourist', groups: ['visitors'] })
  institute.people.set('1903', { preferred_username: 'alonzo', groups: ['users'] })
})
afterAll(() => institute.stop())

beforeEach(async () => {
  postern = await startAt(institute.issuer)
})
afterEach(() => postern.stop())

export function startAt(issuer: string, settings: Record<string, unknown> = {}): Promise<RunningPostern> {
  return startPostern({ settings: { keycloak: { ...CLIENT, issuer, title: 'The Institute' }, ...settings } })
}

export const pathOf = ({ pathname, search }: URL) => `${pathname}${search}`
export const to = (path: string) => `/login?rd=${encodeURIComponent(`${SITE}${path}`)}`
export const sessionsOf = (username: string, site = postern) => listSessions(site.context, username, site.now())

/** To the provider and almost back: the address that the browser is sent to. */
export async function goThrough(visitor: Visitor, who: string | { deny: true }, path = '/login'): Promise<string> {
  const departure = await visitor.get(path)
  expect(departure.status).toBe(303)
  return pathOf(await new Traveller().goThrough(departure, who))
}

export async function signIn(visitor: Visitor, who: string, path = '/login') {
  return visitor.get(await goThrough(visitor, who, path))
}
