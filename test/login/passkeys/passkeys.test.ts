import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../../server/core/token/secret.js'
import { disableAccount } from '../../../server/login/account-status.js'
import { changePassword } from '../../../server/login/change-password.js'
import { removePasskeys } from '../../../server/login/passkeys/remove-passkey.js'
import { listPasskeys } from '../../../server/storage/postgres/identity/passkeys.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import type { SoftwareAuthenticator, Wrong } from '../../support/peers/authenticator.js'
import { PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'
import { type Asked, add, answer, BASE_URL, formThatAsks, stored, WRONG_EVERYWHERE } from './ceremonies.js'

const OPERATOR = { username: '<operator>' }
const TOKENS = `${BASE_URL}/auth/tokens`

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ baseUrl: BASE_URL })
})
afterAll(() => postern.stop())

const sessionsOf = (username: string) => listSessions(postern.context, username, postern.now())
const passkeysOf = (username: string) => listPasskeys(postern.context.postgres.prisma, username)

/** A user with a passkey, and no session. */
async function userWithPasskey(username: string): Promise<SoftwareAuthenticator> {
  const visitor = await signedIn(postern, username)
  const { authenticator } = await add(visitor)
  await visitor.get('/logout')
  await visitor.post('/logout')
  return authenticator
}

async function atSecondFactor(username: string): Promise<{ visitor: Visitor; asked: Asked }> {
  const visitor = new Visitor(postern)
  return { visitor, asked: formThatAsks(await visitor.signIn(username)) }
}

async function atSignIn(): Promise<{ visitor: Visitor; asked: Asked }> {
  const visitor = new Visitor(postern)
  return { visitor, asked: formThatAsks(await visitor.get('/login')) }
}

const ANOTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

describe('with a passkey', () => {
  it('the password alone opens no session; both do', async () => {
    const authenticator = await userWithPasskey('both')
    const { visitor, asked } = await atSecondFactor('both')
    expect(await sessionsOf('both')).toEqual([])
    expect((await visitor.get('/auth/tokens')).status).toBe(303)
    const response = await answer(visitor, asked, authenticator.get(asked.options))
    expect([response.status, response.headers.location]).toEqual([303, TOKENS])
    expect(await sessionsOf('both')).toHaveLength(1)
    expect((await passkeysOf('both'))[0]).toMatchObject({ counter: 1, lastUsed: expect.any(Number) })
  })

  it('a printed password is replaced only after the passkey was shown', async () => {
    const authenticator = await userWithPasskey('printed')
    const printed = new Secret('r4th-er7l-ongw-ord5')
    await changePassword(postern.context, 'printed', { password: printed, mustChange: true }, OPERATOR)
    const visitor = new Visitor(postern)
    const asked = formThatAsks(await visitor.signIn('printed', printed.reveal()))
    const { step = '' } = asked.fields
    const early = await visitor.post('/login/new-password', { ...asked.fields, new: 'four quiet otters' })
    expect([step === '', early.status]).toEqual([false, 403])
    expect((await new Visitor(postern).signIn('printed', printed.reveal())).text).toContain('Use your passkey')
    const next = await answer(visitor, asked, authenticator.get(asked.options))
    expect(next.text).toContain('Choose a new password')
    const [, sealed = ''] = /name="step" value="([^"]+)"/.exec(next.text) ?? []
    const done = await visitor.post('/login/new-password', { step: sealed, new: 'four quiet otters' })
    expect(done.status).toBe(303)
    expect(await sessionsOf('printed')).toHaveLength(1)
  })

  it.each<[string, Wrong]>([
    ...WRONG_EVERYWHERE,
    ['as an addition in place of a use', { type: 'webauthn.create' }],
    ['by another key', { key: ANOTHER_KEY }],
    ['for another user', { userHandle: Buffer.from('another').toString('base64url') }],
    ['of an unknown passkey', { id: Buffer.from('unknown').toString('base64url') }],
  ])('an answer %s opens no session after the password', async (what, wrong) => {
    const username = `second-${WRONG_EVERYWHERE.length}-${what.replace(/\W+/g, '-')}`
    const authenticator = await userWithPasskey(username)
    const { visitor, asked } = await atSecondFactor(username)
    const before = await stored(postern)
    const response = await answer(visitor, asked, authenticator.get(asked.options, wrong))
    expect(response.status).toBe(403)
    expect(response.text).toContain('The passkey could not be verified')
    expect(await sessionsOf(username)).toEqual([])
    expect(await stored(postern)).toEqual(before)
  })

  it.each<[string, Wrong]>([
    ...WRONG_EVERYWHERE,
    ['by another key', { key: ANOTHER_KEY }],
    ['for another user', { userHandle: Buffer.from('another').toString('base64url') }],
    ['that names no user', { userHandle: null }],
    ['without PIN or finger', { isVerified: false }],
  ])('an answer %s opens no session without the password', async (what, wrong) => {
    const username = `alone-${what.replace(/\W+/g, '-').toLowerCase()}`
    const authenticator = await userWithPasskey(username)
    const { visitor, asked } = await atSignIn()
    const before = await stored(postern)
    expect((await answer(visitor, asked, authenticator.get(asked.options, wrong))).status).toBe(403)
    expect(await sessionsOf(username)).toEqual([])
    expect(await stored(postern)).toEqual(before)
  })

  it('the passkey alone signs in, and leads to the page that the user came for', async () => {
    const authenticator = await userWithPasskey('alone')
    const visitor = new Visitor(postern)
    const asked = formThatAsks(await visitor.get(`/login?rd=${BASE_URL}/portal`))
    const response = await answer(visitor, asked, authenticator.get(asked.options))
    expect([response.status, response.headers.location]).toEqual([303, `${BASE_URL}/portal`])
    const events = (await storedEvents(postern)).filter(({ user }) => user?.target?.name === 'alone')
    expect(events.slice(-2).map(({ event }) => event.action)).toEqual(['passkey.use', 'sign-in'])
  })

  it('another user’s is refused after the password', async () => {
    await userWithPasskey('victim')
    const attacker = await userWithPasskey('attacker')
    const { visitor, asked } = await atSecondFactor('victim')
    const response = await answer(visitor, asked, attacker.get(asked.options, { userHandle: null }))
    expect(response.status).toBe(403)
    expect(await sessionsOf('victim')).toEqual([])
    expect(await sessionsOf('attacker')).toEqual([])
  })

  it('an answer that was sent once is refused when it is sent again', async () => {
    const authenticator = await userWithPasskey('replayed')
    // An authenticator that counts nothing, so that only the challenge tells.
    const { visitor, asked } = await atSignIn()
    const recorded = authenticator.get(asked.options, { counter: 0 })
    expect((await answer(visitor, asked, recorded)).status).toBe(303)
    const before = await sessionsOf('replayed')
    expect((await answer(visitor, asked, recorded)).status).toBe(403)
    expect(await sessionsOf('replayed')).toEqual(before)
  })

  it('an answer in another browser than the one that was asked is refused', async () => {
    const authenticator = await userWithPasskey('phished')
    const { asked } = await atSignIn()
    const thief = new Visitor(postern)
    await thief.get('/login')
    const response = await answer(thief, asked, authenticator.get(asked.options), { csrf: thief.csrf })
    expect(response.status).toBe(403)
    expect(await sessionsOf('phished')).toEqual([])
  })

  it('a challenge of one ceremony is none of another, and each lasts ten minutes', async () => {
    const authenticator = await userWithPasskey('mixed')
    const second = await atSecondFactor('mixed')
    const alone = formThatAsks(await second.visitor.get('/login'))
    const passkey = authenticator.get(second.asked.options)
    const { challenge = '' } = second.asked.fields
    expect((await answer(second.visitor, alone, passkey, { challenge })).status).toBe(403)
    const late = await atSignIn()
    const lateAnswer = authenticator.get(late.asked.options)
    postern.advance(601)
    expect((await answer(late.visitor, late.asked, lateAnswer)).status).toBe(403)
    expect(await sessionsOf('mixed')).toEqual([])
  })

  it('whose counter went back is refused: there may be a copy', async () => {
    const authenticator = await userWithPasskey('cloned')
    const first = await atSignIn()
    await answer(first.visitor, first.asked, authenticator.get(first.asked.options, { counter: 7 }))
    const before = await stored(postern)
    for (const counter of [7, 6, 0]) {
      const { visitor, asked } = await atSignIn()
      expect((await answer(visitor, asked, authenticator.get(asked.options, { counter }))).status).toBe(403)
    }
    expect(await stored(postern)).toEqual(before)
    expect(await sessionsOf('cloned')).toHaveLength(1)
  })

  it('of a disabled account is refused', async () => {
    const authenticator = await userWithPasskey('closed')
    await disableAccount(postern.context, 'closed', OPERATOR)
    const { visitor, asked } = await atSignIn()
    expect((await answer(visitor, asked, authenticator.get(asked.options))).status).toBe(403)
    expect(await sessionsOf('closed')).toEqual([])
  })
})

describe('a passkey that is removed', () => {
  it('is refused, and the password alone signs in again', async () => {
    const visitor = await signedIn(postern, 'remover')
    const { authenticator } = await add(visitor)
    const page = await visitor.get(`/auth/passkeys/${authenticator.id}/remove`)
    expect(page.text).toContain('your password alone will sign you in')
    expect((await visitor.post(`/auth/passkeys/${authenticator.id}/remove`)).status).toBe(303)
    expect(await passkeysOf('remover')).toEqual([])
    const { visitor: later, asked } = await atSignIn()
    expect((await answer(later, asked, authenticator.get(asked.options))).status).toBe(403)
    expect((await new Visitor(postern).signIn('remover')).status).toBe(303)
    const events = (await storedEvents(postern)).filter(({ event }) => event.action === 'passkey.delete')
    expect(events.at(-1)).toMatchObject({ user: { name: 'remover' }, postern: { before: { name: 'ring' } } })
  })

  it('is the user’s own: another’s is not found, and stays', async () => {
    const authenticator = await userWithPasskey('owner')
    const other = await signedIn(postern, 'stranger')
    const path = `/auth/passkeys/${authenticator.id}/remove`
    expect((await other.get(path)).status).toBe(404)
    expect((await other.post(path)).status).toBe(404)
    expect(await passkeysOf('owner')).toHaveLength(1)
  })

  it('by the operator is every one of the user', async () => {
    await userWithPasskey('lost')
    expect(await removePasskeys(postern.context, { username: 'lost' }, OPERATOR)).toEqual(['ring'])
    expect((await new Visitor(postern).signIn('lost', PASSWORD)).status).toBe(303)
  })
})
