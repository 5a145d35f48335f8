import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createLocalJWKSet, jwtVerify } from 'jose'
import request from 'supertest'
import { tellClients } from '../../server/openid/tell-clients.js'
import { endSessions } from '../../server/tokens/revoke.js'
import { signedIn } from '../support/clients/visitor.js'
import type { RunningPostern } from '../support/postern.js'
import { register, signInTo, startProvider } from './support/relying-party.js'

let postern: RunningPostern
let client: Server
let uri: string
let heard: string[] = []
let status = 200

beforeAll(async () => {
  postern = await startProvider()
  client = createServer(async (incoming, answer) => {
    heard.push(new URLSearchParams(await text(incoming)).get('logout_token') ?? '')
    answer.writeHead(status).end()
  })
  await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve))
  uri = `http://127.0.0.1:${(client.address() as AddressInfo).port}/logout`
})
beforeEach(() => {
  heard = []
  status = 200
})
afterAll(async () => {
  client.close()
  await postern.stop()
})

const tell = () => tellClients(postern.context)()

describe('a client with an address for back-channel logout', () => {
  it('is told of the end of a session once, by a signed token that names its own sid', async () => {
    const party = await register(postern, { backchannelLogoutUri: uri })
    const visitor = await signedIn(postern, 'ada')
    const sid = (await signInTo(party, visitor)).claims()?.sid
    await signInTo(party, visitor)
    await tell()
    expect(heard).toEqual([])
    await visitor.get('/auth/account')
    await visitor.post('/logout')
    await tell()
    await tell()
    expect(heard).toHaveLength(1)
    const { body: keys } = await request(postern.server).get('/.well-known/jwks.json')
    const { payload } = await jwtVerify(heard[0] ?? '', createLocalJWKSet(keys), {
      issuer: postern.context.settings.baseUrl.origin,
      audience: party.id,
      typ: 'logout+jwt',
    })
    expect(payload).toMatchObject({
      sub: 'ada',
      sid,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    expect(payload.nonce).toBeUndefined()
  })

  it('is told whoever ends the session, and when its time is over', async () => {
    const party = await register(postern, { backchannelLogoutUri: uri })
    await signInTo(party, await signedIn(postern, 'grace'))
    await endSessions(postern.context, 'grace', { username: 'root' })
    await tell()
    expect(heard).toHaveLength(1)
    await signInTo(party, await signedIn(postern, 'olga'))
    const { rows } = await postern.context.postgres.pool.query('SELECT max(expires) AS end FROM oidc_session')
    const ends = rows[0].end.getTime() / 1000
    postern.advance(ends - postern.now() + 1)
    await tell()
    expect(heard).toHaveLength(2)
  })

  it('is told nothing when its access token ends before the session', async () => {
    const party = await register(postern, { backchannelLogoutUri: uri })
    await signInTo(party, await signedIn(postern, 'mary'), { scope: 'openid offline_access' })
    postern.advance(2 * 3600)
    await tell()
    expect(heard).toEqual([])
    await endSessions(postern.context, 'mary', { username: 'root' })
    await tell()
    expect(heard).toHaveLength(1)
  })

  it('that is away is told later, for a while', async () => {
    const party = await register(postern, { backchannelLogoutUri: uri })
    await signInTo(party, await signedIn(postern, 'ida'))
    await endSessions(postern.context, 'ida', { username: 'root' })
    status = 503
    await tell()
    status = 200
    await tell()
    expect(heard).toHaveLength(2)
    await tell()
    expect(heard).toHaveLength(2)
    await signInTo(party, await signedIn(postern, 'eve'))
    await endSessions(postern.context, 'eve', { username: 'root' })
    status = 503
    for (let each = 0; each < 20; each++) await tell()
    expect(heard).toHaveLength(2 + 12)
  })

  it('is not told of sessions of others, nor one without such an address', async () => {
    await register(postern, { backchannelLogoutUri: uri })
    await signInTo(await register(postern), await signedIn(postern, 'ada'))
    await endSessions(postern.context, 'ada', { username: 'root' })
    await tell()
    expect(heard).toEqual([])
  })
})
