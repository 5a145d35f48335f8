import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { MOST_PASSKEYS } from '../../../server/core/people/passkey.js'
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
import {
  type Asked,
  add,
  answer,
  BASE_URL,
  formThatAsks,
  newAuthenticator,
  passkeyFormOf,
  stored,
} from './ceremonies.js'

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

// biome-ignore format: a table reads in columns
const WRONG_EVERYWHERE: readonly [string, Wrong][] = [
  ['at another origin',             { origin: 'http://localhost:8081' }],
  ['at a host below',               { origin: 'http://evil.localhost:8080' }],
  ['for another relying party',     { rpId: 'example.org' }],
  ['to another challenge',          { challenge: Buffer.from('a challenge of long ago').toString('base64url') }],
  ['without the user’s touch',      { isPresent: false }],
]

describe('a passkey', () => {
  it('is added on the account’s page, which lists it', async () => {
    const visitor = await signedIn(postern, 'ada')
    const { response } = await add(visitor)
    expect([response.status, response.headers.location]).toEqual([303, '/info#passkeys'])
    const page = (await visitor.agent.get('/info').set('Accept', 'text/html')).text
    expect(page).toContain('<h3 class="row-name">ring</h3>')
    expect(page).toContain('Never used')
  })

  it.each<[string, Wrong]>([...WRONG_EVERYWHERE, ['as a use in place of an addition', { type: 'webauthn.get' }]])(
    'answered %s is not added',
    async (_what, wrong) => {
      const visitor = await signedIn(postern, 'refused')
      const before = await stored(postern)
      const { response } = await add(visitor, newAuthenticator(), wrong)
      expect(response.status).toBe(403)
      expect(response.text).toContain('The passkey could not be verified')
      expect(await stored(postern)).toEqual(before)
    },
  )

  it.each<[string, (asked: Asked) => Record<string, string>]>([
    ['nothing', () => ({ passkey: '' })],
    ['no JSON', () => ({ passkey: '{' })],
    ['another shape', () => ({ passkey: '{"id":"a","rawId":"a","type":"public-key","response":{}}' })],
    ['a forged challenge', () => ({ challenge: 'AAAA.BBBB.CCCC.DDDD.EEEE' })],
    ['no word of the form', () => ({ csrf: '' })],
  ])('is not added with %s', async (_what, fieldsOf) => {
    const visitor = await signedIn(postern, 'odd')
    const asked = formThatAsks(await visitor.get('/auth/passkeys/new'))
    const before = await stored(postern)
    const passkey = newAuthenticator().create(asked.options)
    const response = await answer(visitor, asked, passkey, { name: 'x', ...fieldsOf(asked) })
    expect(response.status).toBe(403)
    expect(await stored(postern)).toEqual(before)
  })

  it('is not added twice by one answer, nor to two accounts', async () => {
    const visitor = await signedIn(postern, 'twice')
    const { authenticator, asked } = await add(visitor)
    const before = await stored(postern)
    const again = await answer(visitor, asked, authenticator.create(asked.options), { name: 'again' })
    expect(again.status).toBe(403)
    const other = await signedIn(postern, 'thief')
    expect((await add(other, authenticator)).response.status).toBe(403)
    expect(await stored(postern)).toEqual(before)
  })

  it('is not added with an attestation, which nothing asks for', async () => {
    const visitor = await signedIn(postern, 'attested')
    const before = await stored(postern)
    expect((await add(visitor, newAuthenticator(), { isAttested: true })).response.status).toBe(403)
    expect(postern.logged()).toContain('an attestation, which was not asked for')
    expect(await stored(postern)).toEqual(before)
  })

  it('is one of a bounded number', async () => {
    const visitor = await signedIn(postern, 'collector')
    for (let count = 0; count < MOST_PASSKEYS; count++) await add(visitor)
    const before = await stored(postern)
    expect((await add(visitor)).response.status).toBe(409)
    expect(await stored(postern)).toEqual(before)
  })

  it('tells its owner on the page, and leaves an event', async () => {
    const visitor = await signedIn(postern, 'told')
    await add(visitor)
    expect((await visitor.get('/auth/tokens')).text).toContain('The passkey ring was added to your account.')
    const events = (await storedEvents(postern)).filter(({ user }) => user?.target?.name === 'told')
    expect(events.at(-1)).toMatchObject({
      event: { action: 'passkey.create' },
      user: { name: 'told' },
      postern: { session: expect.any(String), after: { name: 'ring' } },
    })
  })
})

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
    expect(page.text).toContain('your password alone signs in then')
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

describe('a site without passkeys', () => {
  it.each([
    ['at an IP address', 'http://127.0.0.1:8080'],
    ['without TLS', 'http://data.example.org'],
  ])('%s offers none', async (_what, baseUrl) => {
    const other = await startPostern({ baseUrl })
    const visitor = await signedIn(other, 'ada')
    expect((await visitor.get('/auth/passkeys/new')).status).toBe(404)
    expect((await visitor.agent.get('/info').set('Accept', 'text/html')).text).not.toContain('Passkeys')
    await other.stop()
  })

  it('asks for none on its sign-in page until an account has one', async () => {
    const other = await startPostern({ baseUrl: BASE_URL })
    expect(passkeyFormOf(await new Visitor(other).get('/login'))).toBeUndefined()
    await add(await signedIn(other, 'ada'))
    expect(passkeyFormOf(await new Visitor(other).get('/login'))?.action).toBe('/login/passkey/alone')
    await other.stop()
  })
})
