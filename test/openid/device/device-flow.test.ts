import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { CLI_CLIENT, DEVICE_GRANT } from '../../../server/core/openid/device.js'
import { disableAccount } from '../../../server/login/account-status.js'
import { liftLockdown, lockDown } from '../../../server/tokens/incident/lockdown.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import type { RunningPostern } from '../../support/postern.js'
import { publicClient, startProvider } from '../support/relying-party.js'

let postern: RunningPostern
let visitor: Visitor

beforeAll(async () => {
  postern = await startProvider({ settings: { deviceLogin: { enabled: true } } })
  visitor = await signedIn(postern, 'ada')
})
afterAll(() => postern.stop())

interface Begun {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
  readonly expires_in: number
  readonly interval: number
}

const OPERATOR = { username: '<operator>' }

async function begin(fields: Record<string, string> = {}): Promise<Begun> {
  const answer = await request(postern.server)
    .post('/auth/openid/device/code')
    .set('User-Agent', 'test-device/1')
    .type('form')
    .send({ client_id: CLI_CLIENT, ...fields })
  expect(answer.status).toBe(200)
  return answer.body
}

const poll = ({ device_code }: Begun, client_id = CLI_CLIENT) =>
  request(postern.server)
    .post('/auth/openid/token')
    .type('form')
    .send({ grant_type: DEVICE_GRANT, device_code, client_id })

const info = (token: string) =>
  request(postern.server).get('/auth/api/v1/token-info').set('Authorization', `Bearer ${token}`)

/** What the form of a token sends. */
const wish = (name: string, more: Record<string, string> = {}) => ({
  name,
  scope: 'read:tap',
  expires: '30d',
  answer: 'allow',
  ...more,
})

const answer = (visitor: Visitor, { user_code }: Begun, fields: Record<string, string>) =>
  visitor.post('/auth/device/answer', { user_code, ...fields })

const names = async (visitor: Visitor, username: string): Promise<string[]> => {
  const { body } = await visitor.get(`/auth/api/v1/users/${username}/tokens`)
  return body.flatMap((each: { token_name?: string }) => each.token_name ?? [])
}

describe('a program that its user signs in with a code', () => {
  it('gets the token of the user that they made for it, once', async () => {
    const begun = await begin({ scope: 'read:tap read:none', token_name: 'laptop' })
    expect(begun.user_code).toMatch(/^[B-Z]{4}-[B-Z]{4}$/)
    expect(begun.verification_uri).toBe(`${postern.context.settings.baseUrl.origin}/auth/device`)
    expect(begun.expires_in).toBe(600)
    expect((await poll(begun)).body).toMatchObject({ error: 'authorization_pending' })

    const complete = new URL(begun.verification_uri_complete)
    expect((await visitor.get(complete.pathname + complete.search)).text).toContain(`value="${begun.user_code}"`)
    const asked = await visitor.post('/auth/device', { user_code: begun.user_code.toLowerCase().replace('-', ' ') })
    for (const fact of [begun.user_code, 'test-device/1', '127.0.0.1', 'value="laptop"'])
      expect(asked.text).toContain(fact)
    expect(asked.text).toMatch(/value="read:tap"[^>]* checked/)
    expect((await answer(visitor, begun, wish('laptop'))).text).toContain('Go back to your program')

    const { status, body, headers } = await poll(begun)
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'read:tap', token_name: 'laptop' })
    const known = await info(body.access_token)
    expect(known.body).toMatchObject({
      username: 'ada',
      token_type: 'user',
      token_name: 'laptop',
      scopes: ['read:tap'],
    })
    expect((await poll(begun)).body).toMatchObject({ error: 'invalid_grant' })
    expect((await names(visitor, 'ada')).filter((name) => name === 'laptop')).toHaveLength(1)
    const history = await visitor.get(`/auth/api/v1/users/ada/tokens/${body.access_token.slice(3, 25)}/change-history`)
    expect(history.body).toMatchObject([{ action: 'create', actor: 'ada', ip_address: '127.0.0.1' }])
  })

  it('gets one token when it asks many times at once', async () => {
    const begun = await begin()
    await answer(visitor, begun, wish('at once'))
    const answers = await Promise.all(Array.from({ length: 6 }, () => poll(begun)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400])
    expect(await names(visitor, 'ada')).toContain('at once')
  })

  it('is told how long to wait between two polls', async () => {
    expect((await begin()).interval).toBe(5)
  })

  it('is asked to slow down when it asks too often, and no audit event tells of its patience', async () => {
    const begun = await begin()
    expect((await poll(begun)).body.error).toBe('authorization_pending')
    expect((await poll(begun)).body.error).toBe('slow_down')
    postern.advance(5)
    expect((await poll(begun)).body.error).toBe('authorization_pending')
    const refused = postern
      .logged()
      .split('\n')
      .filter((line) => line.includes('/auth/openid/token') && line.includes('"api.call"'))
    expect(refused.filter((line) => !line.includes('malformed'))).toEqual([])
  })

  it('is told that the user denied it, and when its code has expired', async () => {
    const denied = await begin()
    expect((await answer(visitor, denied, { answer: 'deny' })).text).toContain('Denied')
    expect((await poll(denied)).body).toMatchObject({ error: 'access_denied' })
    const late = await begin()
    postern.advance(601)
    expect((await poll(late)).body).toMatchObject({ error: 'expired_token' })
    expect((await visitor.post('/auth/device', { user_code: late.user_code })).status).toBe(404)
  })

  it('gets nothing once the session that approved it is over', async () => {
    const begun = await begin()
    const leaving = await signedIn(postern, 'ada')
    await answer(leaving, begun, wish('over'))
    await leaving.post('/logout')
    expect((await poll(begun)).body).toMatchObject({ error: 'access_denied' })
    expect(await names(visitor, 'ada')).not.toContain('over')
  })

  it('gets nothing in a lockdown, nor when the account is disabled, though it was approved before', async () => {
    const begun = await begin()
    await answer(visitor, begun, wish('locked'))
    await lockDown(postern.context, undefined, OPERATOR)
    expect((await poll(begun)).body).toMatchObject({ error: 'access_denied' })
    await liftLockdown(postern.context, OPERATOR)
    expect((await poll(begun)).body).toMatchObject({ error: 'invalid_grant' })
    const dora = await signedIn(postern, 'dora')
    const other = await begin()
    await answer(dora, other, wish('disabled'))
    await disableAccount(postern.context, 'dora', OPERATOR)
    expect((await poll(other)).body).toMatchObject({ error: 'access_denied' })
    const { rows } = await postern.context.postgres.pool.query(
      `SELECT name FROM token WHERE name IN ('locked', 'disabled')`,
    )
    expect(rows).toEqual([])
  })

  it('is told why the site makes no token any more', async () => {
    const begun = await begin()
    await answer(visitor, begun, wish('twice'))
    await postern.token('ada', { name: 'twice' })
    expect((await poll(begun)).body).toEqual({
      error: 'access_denied',
      error_description: 'Token name twice already used',
    })
  })
})

describe('the pages for a code', () => {
  it('lead a user without a session to sign in, and back to the code', async () => {
    const { headers } = await new Visitor(postern).get('/auth/device?user_code=BCDF-GHJK')
    const back = new URL(headers.location ?? '', postern.url).searchParams.get('rd')
    expect(back).toBe(`${postern.context.settings.baseUrl.origin}/auth/device?user_code=BCDF-GHJK`)
  })

  it('approve nothing by a link, nor by a form of another site', async () => {
    const begun = await begin()
    await visitor.get(`/auth/device?user_code=${begun.user_code}&answer=allow&name=x&scope=read:tap&expires=30d`)
    expect((await visitor.get(`/auth/device/answer?user_code=${begun.user_code}&answer=allow`)).status).toBe(405)
    expect((await answer(visitor, begun, wish('forged', { csrf: 'x'.repeat(43) }))).status).toBe(403)
    expect((await poll(begun)).body).toMatchObject({ error: 'authorization_pending' })
  })

  it('show a mistake in the form, and give no token for it', async () => {
    const begun = await begin()
    const wrong = await answer(visitor, begun, wish('', { scope: 'admin:token' }))
    expect(wrong.status).toBe(422)
    for (const text of ['problem', begun.user_code]) expect(wrong.text).toContain(text)
    expect((await poll(begun)).body).toMatchObject({ error: 'authorization_pending' })
  })

  it('take one answer to a code', async () => {
    const begun = await begin()
    const grace = await signedIn(postern, 'grace')
    const answers = await Promise.all([visitor, grace].map((each) => answer(each, begun, wish('race'))))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404])
    const { body } = await poll(begun)
    const winner = answers[0]?.status === 200 ? 'ada' : 'grace'
    expect((await info(body.access_token)).body.username).toBe(winner)
  })

  it('slow down a user who tries codes', async () => {
    const guesser = await signedIn(postern, 'mallory')
    const statuses: number[] = []
    for (let count = 0; count < 11; count++) {
      statuses.push((await guesser.post('/auth/device', { user_code: 'BBBB-BBBB' })).status)
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 404), 429])
    const begun = await begin()
    expect((await answer(guesser, begun, wish('guessed'))).status).toBe(429)
    expect((await poll(begun)).body).toMatchObject({ error: 'authorization_pending' })
  })
})

describe('a client of OpenID Connect on a device', () => {
  it('gets an ID token and a token of its own, children of the session that approved it', async () => {
    const client = await publicClient(postern)
    const begun = await begin({ client_id: client, scope: 'openid profile offline_access' })
    const leaving = await signedIn(postern, 'ada')
    const asked = await leaving.post('/auth/device', { user_code: begun.user_code })
    for (const fact of ['Grafana', 'your user name here', begun.user_code]) expect(asked.text).toContain(fact)
    await answer(leaving, begun, { answer: 'allow' })
    const { body } = await poll(begun, client)
    expect(body).toMatchObject({ access_token: expect.stringMatching(/^gt-/), id_token: expect.any(String) })
    expect((await info(body.access_token)).body).toMatchObject({
      username: 'ada',
      token_type: 'oidc',
      service: client,
    })
    expect((await poll(begun, client)).body.error).toBe('invalid_grant')
    await leaving.post('/logout')
    expect((await info(body.access_token)).status).toBe(401)
  })

  it('gets nothing with a code of another client', async () => {
    const client = await publicClient(postern)
    const begun = await begin()
    await answer(visitor, begun, wish('foreign'))
    expect((await poll(begun, client)).body).toMatchObject({ error: 'invalid_grant' })
    expect((await poll(begun)).status).toBe(200)
  })
})

describe('a request for a code', () => {
  it.each([
    ['of an unknown client', { client_id: 'nobody' }, 'invalid_client'],
    ['of the command line for an ID token', { scope: 'openid' }, 'invalid_scope'],
    ['with no scope', { scope: 'read:tap "' }, 'invalid_scope'],
    ['with too many scopes', { scope: 'a '.repeat(3000) }, 'invalid_scope'],
  ])('%s is refused', async (_what, fields: Record<string, string>, error) => {
    const refused = await request(postern.server)
      .post('/auth/openid/device/code')
      .type('form')
      .send({ client_id: CLI_CLIENT, ...fields })
    expect(refused.body.error).toBe(error)
    expect(refused.body.device_code).toBeUndefined()
  })

  it('suggests no name that no token could have', async () => {
    const begun = await begin({ token_name: 'x'.repeat(65) })
    const { text } = await visitor.post('/auth/device', { user_code: begun.user_code })
    expect(text).toMatch(/id="name" name="name" value=""/)
  })
})
