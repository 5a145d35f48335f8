import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { MOST_PASSKEYS } from '../../../server/core/people/passkey.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import type { Wrong } from '../../support/peers/authenticator.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import {
  type Asked,
  add,
  answer,
  BASE_URL,
  formThatAsks,
  newAuthenticator,
  passkeyFormOf,
  stored,
  WRONG_EVERYWHERE,
} from './ceremonies.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ baseUrl: BASE_URL })
})
afterAll(() => postern.stop())

describe('a passkey', () => {
  it('is added on the account’s page, which lists it', async () => {
    const visitor = await signedIn(postern, 'ada')
    const { response } = await add(visitor)
    expect([response.status, response.headers.location]).toEqual([303, '/auth/account#passkeys'])
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
