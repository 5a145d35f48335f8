import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { listPasskeys } from '../../../server/storage/postgres/identity/passkeys.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { add, answer, BASE_URL, formThatAsks, newAuthenticator, stored } from './ceremonies.js'

const STALE = 15 * 60 + 1
const AGAIN = '/auth/reauthenticate'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ baseUrl: BASE_URL, settings: { passkeys: { requireForAdministrators: true } } })
})
afterAll(() => postern.stop())

const sessionsOf = (username: string) => listSessions(postern.context, username, postern.now())
const passkeysOf = (username: string) => listPasskeys(postern.context.postgres.prisma, username)

describe('a user whose sign-in is fifteen minutes old', () => {
  it('adds no passkey before another sign-in, which leads back to the form', async () => {
    const visitor = await signedIn(postern, 'ada')
    const asked = formThatAsks(await visitor.get('/auth/passkeys/new'))
    postern.advance(STALE)
    const to = `${AGAIN}?rd=${encodeURIComponent(`${BASE_URL}/auth/passkeys/new`)}`
    expect((await visitor.get('/auth/passkeys/new')).headers.location).toBe(to)
    const passkey = newAuthenticator().create(asked.options)
    expect((await answer(visitor, asked, passkey, { name: 'late' })).headers.location).toBe(to)
    expect(await passkeysOf('ada')).toEqual([])
  })

  it('removes no passkey before another sign-in', async () => {
    const visitor = await signedIn(postern, 'bob')
    const { authenticator } = await add(visitor)
    postern.advance(STALE)
    const path = `/auth/passkeys/${authenticator.id}/remove`
    await visitor.get(path)
    const response = await visitor.post(path)
    expect([response.status, response.text]).toEqual([403, expect.stringContaining('Sign in again')])
    expect(await passkeysOf('bob')).toHaveLength(1)
  })

  it('signs in again with a passkey alone, which replaces the session', async () => {
    const visitor = await signedIn(postern, 'carol')
    const { authenticator } = await add(visitor)
    const [old] = await sessionsOf('carol')
    postern.advance(STALE)
    const asked = formThatAsks(await visitor.get(`${AGAIN}?rd=${BASE_URL}/auth/passkeys/new`))
    const response = await answer(visitor, asked, authenticator.get(asked.options))
    expect([response.status, response.headers.location]).toEqual([303, `${BASE_URL}/auth/passkeys/new`])
    const sessions = await sessionsOf('carol')
    expect(sessions).toHaveLength(1)
    expect(sessions[0]?.key).not.toBe(old?.key)
    expect((await visitor.get('/auth/passkeys/new')).status).toBe(200)
  })

  it.each([
    ['of another user', 'dora', false],
    ['without PIN or finger', 'dave', true],
  ])('does not sign in again with a passkey %s', async (_what, username, isOwn) => {
    const other = await add(await signedIn(postern, `${username}-other`))
    const visitor = await signedIn(postern, username)
    const own = await add(visitor)
    postern.advance(STALE)
    const before = [await stored(postern), await sessionsOf(username)]
    const asked = formThatAsks(await visitor.get(AGAIN))
    const { authenticator } = isOwn ? own : other
    const response = await answer(visitor, asked, authenticator.get(asked.options, { isVerified: !isOwn }))
    expect(response.status).toBe(403)
    expect([await stored(postern), await sessionsOf(username)]).toEqual(before)
  })
})

describe('a site that requires passkeys of administrators', () => {
  it('withholds their scopes from a password alone, and gives them to a passkey', async () => {
    const visitor = await signedIn(postern, 'root', ['users', 'admins'])
    expect((await sessionsOf('root'))[0]?.scopes).not.toContain('admin:token')
    expect((await visitor.get('/auth/admin')).status).toBe(404)
    const page = await visitor.agent.get('/info').set('Accept', 'text/html')
    expect(page.text).toContain('This site asks administrators to sign in with a passkey')
    const { authenticator } = await add(visitor)
    const asked = formThatAsks(await visitor.get(AGAIN))
    await answer(visitor, asked, authenticator.get(asked.options))
    expect((await sessionsOf('root'))[0]?.scopes).toContain('admin:token')
    expect((await visitor.get('/auth/admin')).status).toBe(200)
  })

  it('asks nothing of other users', async () => {
    expect((await (await signedIn(postern, 'plain')).get('/auth/tokens')).status).toBe(200)
    expect((await new Visitor(postern).signIn('plain')).status).toBe(303)
  })
})
