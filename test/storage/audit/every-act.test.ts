import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Refusal } from '../../../server/core/access/refusal.js'
import { OPERATOR_ACTOR } from '../../../server/core/token/history.js'
import { Secret } from '../../../server/core/token/secret.js'
import { parseToken } from '../../../server/core/token/token.js'
import { disableAccount, enableAccount } from '../../../server/login/account-status.js'
import { changePassword } from '../../../server/login/change-password.js'
import { linkIdentity } from '../../../server/login/federated.js'
import { rebindName, releaseName } from '../../../server/login/user-name.js'
import { saveIdentity } from '../../../server/people/save-identity.js'
import { confirmInvestigator } from '../../../server/programs/confirm-investigator.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { eventsLeft } from './support/events.js'

const API = '/auth/api/v1'
const LISE = { provider: 'institute', issuer: 'https://institute.example', subject: '1878' }
const IN_USERS = { groups: [{ name: 'users', id: 9 }] }
const OPERATOR = { username: OPERATOR_ACTOR }

let postern: RunningPostern
let admin: string
let ada: string
let bobs: string

beforeAll(async () => {
  postern = await startPostern()
  await postern.account('root1', ['admins'])
  admin = await postern.token('root1', { scopes: ['admin:token', 'user:token'] })
  ada = await postern.token('ada', { scopes: ['read:tap', 'user:token'] })
  bobs = await postern.token('bob', { scopes: ['read:tap'] })
  await postern.account('grace')
  const otto = { username: 'otto', ...IN_USERS }
  await saveIdentity(postern.context, { ...LISE, subject: '1879' }, otto, postern.now())
})
afterAll(() => postern.stop())

const keyOf = (text: string) => {
  const token = parseToken(text)
  return token instanceof Refusal ? '' : token.key
}

const left = (act: () => Promise<unknown>) => eventsLeft(postern, act)

const call = (method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, token?: string) => {
  const sent = request(postern.server)[method](`${API}${path}`)
  return token === undefined ? sent : sent.set('Authorization', `Bearer ${token}`)
}

describe('S6: no act and no refusal is silent', () => {
  const wrongToken = `gt-${'a'.repeat(22)}.${'b'.repeat(22)}`

  it.each<[name: string, act: () => Promise<unknown>, expected: object]>([
    [
      'an API call that is refused with 403',
      () =>
        call('patch', `/users/bob/tokens/${keyOf(bobs)}`, ada)
          .send({ token_name: 'mine' })
          .expect(403),
      {
        event: { action: 'api.call', outcome: 'failure', reason: 'permission_denied' },
        user: { name: 'ada' },
        postern: { channel: 'api' },
      },
    ],
    [
      'listing the tokens of another user',
      () => call('get', '/users/bob/tokens', ada).expect(403),
      { event: { action: 'api.call', reason: 'permission_denied' }, user: { name: 'ada' } },
    ],
    [
      'an API call with a token that is not valid',
      () => call('get', '/token-info', wrongToken).expect(401),
      {
        event: { action: 'api.call', reason: 'invalid_token' },
        postern: { object: { type: 'token', id: 'a'.repeat(22) } },
      },
    ],
    [
      'an API call without a token',
      () => call('get', '/token-info').expect(401),
      { event: { action: 'api.call', reason: 'no_authorization' } },
    ],
    [
      'an API call with a wrong body',
      () => call('post', '/users/ada/tokens', ada).send({ nonsense: 1 }).expect(422),
      { event: { action: 'api.call', reason: 'invalid_parameter' }, user: { name: 'ada' } },
    ],
    [
      'PUT /quota-overrides',
      () =>
        call('put', '/quota-overrides', admin)
          .send({ default: { api: { tap: 7 } } })
          .expect(200),
      {
        event: { action: 'quota.replace', outcome: 'success' },
        user: { name: 'root1' },
        postern: { object: { type: 'quota' }, after: { default: { api: { tap: 7 } } } },
      },
    ],
    [
      'DELETE /quota-overrides',
      () => call('delete', '/quota-overrides', admin).expect(204),
      { event: { action: 'quota.delete' }, postern: { before: { default: { api: { tap: 7 } } } } },
    ],
    [
      'POST /tokens for a service',
      () =>
        call('post', '/tokens', admin)
          .send({ username: 'bot-loader', token_type: 'service', scopes: ['read:tap'] })
          .expect(201),
      {
        event: { action: 'token.create', outcome: 'success' },
        user: { name: 'root1', target: { name: 'bot-loader' } },
        postern: { after: { type: 'service', scopes: ['read:tap'] } },
      },
    ],
    [
      'a new user token',
      () =>
        call('post', '/users/ada/tokens', ada)
          .send({ token_name: 'one', scopes: ['read:tap'] })
          .expect(201),
      { event: { action: 'token.create' }, user: { name: 'ada' }, postern: { after: { name: 'one' } } },
    ],
    [
      'an edit of a token, with the values before and after',
      () =>
        call('patch', `/users/bob/tokens/${keyOf(bobs)}`, admin)
          .send({ token_name: 'renamed' })
          .expect(200),
      {
        event: { action: 'token.edit' },
        user: { name: 'root1', target: { name: 'bob' } },
        postern: { object: { type: 'token' }, after: { name: 'renamed' }, before: { name: expect.any(String) } },
      },
    ],
    [
      'a revocation',
      () => call('delete', `/users/bob/tokens/${keyOf(bobs)}`, admin).expect(204),
      { event: { action: 'token.revoke' }, user: { name: 'root1', target: { name: 'bob' } } },
    ],
    [
      'postern account disable',
      () => disableAccount(postern.context, 'grace', OPERATOR),
      {
        event: { action: 'account.disable' },
        user: { name: '<operator>', target: { name: 'grace' } },
        postern: { channel: 'command' },
      },
    ],
    [
      'postern account enable',
      () => enableAccount(postern.context, 'grace', OPERATOR),
      { event: { action: 'account.enable' }, user: { target: { name: 'grace' } } },
    ],
    [
      'postern account passwd',
      () => changePassword(postern.context, 'grace', { password: new Secret('a new long passphrase') }, OPERATOR),
      { event: { action: 'account.password' }, user: { target: { name: 'grace' } } },
    ],
    [
      'a sign-in that failed, with the account that was guessed at',
      () => new Visitor(postern).signIn('ada', 'wrong'),
      {
        event: { action: 'sign-in', outcome: 'failure', reason: 'sign_in_failed' },
        user: { target: { name: 'ada' } },
        postern: { details: { method: 'password' } },
      },
    ],
    [
      'a sign-in that failed for an account that does not exist',
      () => new Visitor(postern).signIn('nobody-here', 'wrong'),
      { event: { action: 'sign-in', reason: 'sign_in_failed' }, user: { target: { name: 'nobody-here' } } },
    ],
    [
      'a sign-in',
      () => new Visitor(postern).signIn('ada'),
      {
        event: { action: 'sign-in', outcome: 'success' },
        user: { name: 'ada' },
        postern: { channel: 'sign-in', details: { method: 'password' } },
      },
    ],
    [
      'the first sign-in with a user name at a provider, before its session',
      () => saveIdentity(postern.context, LISE, { username: 'lise', ...IN_USERS }, postern.now()),
      {
        event: { action: 'account.bind', outcome: 'success' },
        user: { name: 'lise', target: { name: 'lise' } },
        postern: { channel: 'sign-in', after: LISE },
      },
    ],
    [
      'a sign-in at a provider, which it names',
      () => linkIdentity(postern.context, LISE.provider, { username: 'lise', subject: LISE, ...IN_USERS }, {}),
      {
        event: { action: 'sign-in', outcome: 'success' },
        user: { name: 'lise' },
        postern: { details: { method: 'provider', provider: 'institute' } },
      },
    ],
    [
      'confirming an investigator',
      () => confirmInvestigator(postern.context, 'lise', { username: 'root1' }),
      {
        event: { action: 'account.confirm' },
        user: { name: 'root1', target: { name: 'lise' } },
        postern: { after: { subject: '1878', programs: 0 } },
      },
    ],
    [
      'binding a user name to another identity',
      () => rebindName(postern.context, 'otto', { to: { ...LISE, subject: '1879-b' } }, OPERATOR),
      {
        event: { action: 'account.rebind' },
        user: { name: '<operator>', target: { name: 'otto' } },
        postern: { channel: 'command', before: { ...LISE, subject: '1879' }, after: { ...LISE, subject: '1879-b' } },
      },
    ],
    [
      'releasing a user name',
      () => releaseName(postern.context, 'otto', OPERATOR),
      {
        event: { action: 'account.release' },
        user: { target: { name: 'otto' } },
        postern: { before: { ...LISE, subject: '1879-b' } },
      },
    ],
    [
      'a load of programs with a row that is wrong',
      () =>
        call('put', '/programs', admin)
          .set('Content-Type', 'application/x-ndjson')
          .send('{"id":"p-1","public":"perhaps"}\n')
          .expect(422),
      {
        event: { action: 'program.load', outcome: 'failure', reason: 'invalid_parameter' },
        user: { name: 'root1' },
        postern: { details: { mistakes: 1, first: [{ line: 1, field: 'public', message: expect.any(String) }] } },
      },
    ],
  ])('%s leaves exactly one event', async (_name, act, expected) => {
    const events = await left(act)
    expect(events).toEqual([expect.objectContaining({ '@timestamp': expect.any(String) })])
    expect(events[0]).toMatchObject(expected)
  })

  it('a refused form leaves one event with the session that sent it', async () => {
    const visitor = await signedIn(postern, 'ada')
    const [event] = await left(() => visitor.post('/auth/tokens', { csrf: 'forged', name: 'x' }))
    expect(event).toMatchObject({
      event: { action: 'page.request', reason: 'invalid_csrf' },
      user: { name: 'ada' },
      postern: { session: expect.stringMatching(/^[\w-]{22}$/) },
    })
  })

  it('signing out leaves one event, of the session that ended', async () => {
    const visitor = await signedIn(postern, 'ada')
    await visitor.get('/logout')
    const events = await left(() => visitor.post('/logout'))
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ event: { action: 'sign-out' }, user: { name: 'ada' } })
    expect(events[0]?.postern.object?.id).toBe(events[0]?.postern.session)
  })
})
