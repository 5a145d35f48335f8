import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseToken } from '../../server/core/token.js'
import { findKnownPerson } from '../../server/stores/known-people.js'
import { listSessions } from '../../server/stores/sessions.js'
import { CLIENT, type IdentityProvider, startIdentityProvider } from '../support/identity-provider.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { Traveller } from '../support/traveller.js'
import { Visitor } from '../support/visitor.js'

const SITE = 'http://127.0.0.1:8080'
let institute: IdentityProvider
let postern: RunningPostern

beforeAll(async () => {
  institute = await startIdentityProvider({ redirectUris: [`${SITE}/login`], afterLogout: [`${SITE}/login`] })
  postern = await startPostern({
    settings: { keycloak: { ...CLIENT, issuer: institute.issuer, title: 'The Institute' } },
  })
  institute.people.set('ada-at-home', {
    preferred_username: 'ada',
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    email_verified: true,
    groups: ['/users', 'astro', 'not/usable'],
  })
})
afterAll(async () => {
  await postern.stop()
  await institute.stop()
})

const pathOf = ({ pathname, search }: URL) => `${pathname}${search}`

async function signIn(visitor: Visitor, who: string, path = '/login') {
  const departure = await visitor.get(path)
  return visitor.get(pathOf(await new Traveller().goThrough(departure, who)))
}

describe('signing in with an OpenID provider', () => {
  it('gives a session with what the provider says, and goes where one came from', async () => {
    const visitor = new Visitor(postern)
    const back = await signIn(visitor, 'ada-at-home', `/login?rd=${encodeURIComponent(`${SITE}/portal?a=1`)}`)
    expect([back.status, back.headers.location]).toEqual([303, `${SITE}/portal?a=1`])
    const [session] = await listSessions(postern.context.redis, 'ada', postern.now())
    expect(session).toMatchObject({ username: 'ada', ownerName: 'Ada Lovelace', email: 'ada@example.org' })
    expect(session?.scopes).toContain('read:tap')
    expect(await findKnownPerson(postern.context.postgres, 'ada')).toMatchObject({
      name: 'Ada Lovelace',
      emailVerified: true,
      groups: [
        { name: 'users', id: expect.any(Number) },
        { name: 'astro', id: expect.any(Number) },
      ],
    })
    expect((await visitor.get('/auth/tokens')).text).toContain('Ada Lovelace')
    expect(parseToken('x')).toBe('malformed')
  })
})
