import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import request from 'supertest'
import { signedIn } from '../support/clients/visitor.js'
import type { RunningPostern } from '../support/postern.js'
import { type RelyingParty, register, signInTo, startProvider } from './support/relying-party.js'

let postern: RunningPostern
let party: RelyingParty
let watcher: string

beforeAll(async () => {
  postern = await startProvider()
  party = await register(postern)
  for (const name of ['ada', 'root']) await postern.account(name, name === 'root' ? ['admins'] : ['users'])
  watcher = await postern.token('root', { scopes: ['admin:userinfo'], name: 'portal' })
})
afterAll(() => postern.stop())

const basic = ({ id, secret }: RelyingParty) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

const send = (path: string, fields: Record<string, string>, authorization?: string) => {
  const call = request(postern.server).post(`/auth/openid/${path}`).type('form')
  return (authorization === undefined ? call : call.set('Authorization', authorization)).send(fields)
}
const introspect = (token: string, authorization = `Bearer ${watcher}`) => send('introspect', { token }, authorization)

const isValid = async (token: string) =>
  (await request(postern.server).get('/auth/api/v1/token-info').set('Authorization', `Bearer ${token}`)).status === 200

const oidcToken = async () => (await signInTo(party, await signedIn(postern, 'ada'))).access_token

describe('Introspection', () => {
  it('says of every token what it may do, to a caller with admin:userinfo', async () => {
    const expires = postern.now() + 3600
    const token = await postern.token('ada', { name: 'seen', expires })
    const { body, headers } = await introspect(token)
    const { baseUrl } = postern.context.settings
    expect(body).toEqual({
      active: true,
      scope: 'read:tap',
      username: 'ada',
      sub: 'ada',
      token_type: 'Bearer',
      exp: expires,
      iat: expect.any(Number),
      iss: baseUrl.origin,
      jti: token.slice(3, 25),
    })
    expect(headers['cache-control']).toBe('no-store')
    expect((await introspect(await postern.session('ada'))).body).toMatchObject({ active: true, username: 'ada' })
    expect((await introspect(await oidcToken())).body).toMatchObject({ active: true, client_id: party.id })
  })

  it('says no more than that a token is not valid', async () => {
    const token = await postern.token('ada', { name: 'revoked' })
    await postern.revoke(token)
    const short = await postern.token('ada', { name: 'short', expires: postern.now() + 300 })
    postern.advance(301)
    for (const each of [
      token,
      short,
      `${(await postern.token('ada', { name: 'half' })).slice(0, 26)}${'A'.repeat(22)}`,
      'x',
      'gt-',
    ]) {
      const { status, body } = await introspect(each)
      expect([status, body]).toEqual([200, { active: false }])
    }
  })

  it('says nothing of a token to a caller without the scope, or to another client', async () => {
    const token = await postern.token('ada', { name: 'own' })
    expect((await introspect(token, `Bearer ${token}`)).body).toEqual({ active: false })
    expect((await introspect(token, basic(party))).body).toEqual({ active: false })
    const other = await register(postern)
    const given = await oidcToken()
    expect((await introspect(given, basic(other))).body).toEqual({ active: false })
    expect((await introspect(given, basic(party))).body).toMatchObject({
      active: true,
      sub: 'ada',
      client_id: party.id,
    })
  })

  it.each([
    ['no credential', undefined, 401],
    ['a token that is not valid', `Bearer gt-${'A'.repeat(22)}.${'A'.repeat(22)}`, 401],
  ])('refuses a caller with %s', async (_what, authorization, status) => {
    const answer = await send('introspect', { token: watcher }, authorization)
    expect([answer.status < 500 && answer.status >= 400, answer.body.active]).toEqual([true, undefined])
    if (authorization !== undefined) expect(answer.status).toBe(status)
  })

  it('says that a token is bound to a network and to services', async () => {
    const made = await request(postern.server)
      .post('/auth/api/v1/users/root/tokens')
      .set(
        'Authorization',
        `Bearer ${await postern.token('root', { scopes: ['user:token', 'read:tap'], name: 'maker' })}`,
      )
      .send({ token_name: 'bound', scopes: ['read:tap'], networks: ['192.0.2.0/24'], services: ['tap'] })
    expect(made.status).toBe(201)
    expect((await introspect(made.body.token)).body).toMatchObject({ networks: ['192.0.2.0/24'], services: ['tap'] })
  })
})

describe('Revocation', () => {
  it('ends the token of a caller that shows it whole, and records whose', async () => {
    const token = await postern.token('ada', { name: 'done' })
    expect((await send('revoke', { token, client_id: 'postern-cli' })).status).toBe(200)
    expect(await isValid(token)).toBe(false)
    expect((await send('revoke', { token })).status).toBe(200)
    const visitor = await signedIn(postern, 'ada')
    const history = await visitor.get(`/auth/api/v1/users/ada/tokens/${token.slice(3, 25)}/change-history`)
    expect(history.body[0]).toMatchObject({ action: 'revoke', actor: 'ada' })
  })

  it('ends nothing by a key, or by a wrong secret', async () => {
    const token = await postern.token('ada', { name: 'kept' })
    for (const each of [token.slice(0, 25), `${token.slice(0, 26)}${'A'.repeat(22)}`, token.slice(3), '%00']) {
      expect((await send('revoke', { token: each })).status).toBe(200)
    }
    expect(await isValid(token)).toBe(true)
    expect((await send('revoke', {})).status).toBe(400)
  })

  it('ends what a client was given for that client alone', async () => {
    const token = await oidcToken()
    const other = await register(postern)
    expect((await send('revoke', { token }, basic(other))).status).toBe(200)
    expect(await isValid(token)).toBe(true)
    expect((await send('revoke', { token }, basic(party))).status).toBe(200)
    expect(await isValid(token)).toBe(false)
  })

  it('takes the secret of a client in the form, too, without a warning of the library', async () => {
    const warn = jest.spyOn(console, 'warn')
    const token = await oidcToken()
    const form = { token, client_id: party.id }
    expect((await send('revoke', { ...form, client_secret: 'wrong' })).body.error).toBe('invalid_client')
    expect(await isValid(token)).toBe(true)
    expect((await send('revoke', { ...form, client_secret: party.secret })).status).toBe(200)
    expect(await isValid(token)).toBe(false)
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })
})
