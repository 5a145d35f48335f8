import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Refusal } from '../../server/core/access/refusal.js'
import { ACCESS_TOKEN_TYPE, EXCHANGE_GRANT } from '../../server/core/openid/exchange.js'
import { parseToken } from '../../server/core/token/token.js'
import { sessionId } from '../../server/openid/session.js'
import { signedIn } from '../support/clients/visitor.js'
import type { RunningPostern } from '../support/postern.js'
import { register, signInTo, startProvider } from './support/relying-party.js'

/*
 * The points of oidc-provider that are no setting, and may go with any version of it.
 */

let postern: RunningPostern

beforeAll(async () => {
  postern = await startProvider({ settings: { tokenExchange: { enabled: true } } })
})
afterAll(() => postern.stop())

const BACKCHANNEL = { backchannelLogoutUri: 'https://grafana.example.org/logout' }

describe('oidc-provider still', () => {
  it('asks for the text of an access token: AccessToken.generateTokenId', async () => {
    const tokens = await signInTo(await register(postern), await signedIn(postern, 'ada'))
    const token = parseToken(tokens.access_token)
    expect(token).not.toBeInstanceOf(Refusal)
  })

  it('asks for the session of a request: Session.get, and sets no cookie for one of its own', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const { status, headers } = await visitor.get((await party.begin()).path)
    expect([status, new URL(String(headers.location)).searchParams.has('code')]).toEqual([303, true])
    expect(headers['set-cookie']).toBeUndefined()
  })

  it('puts the form that it has read into OIDCContext.body, so that a token is exchanged without a client', async () => {
    const form = { grant_type: EXCHANGE_GRANT, subject_token: 'gt-', subject_token_type: ACCESS_TOKEN_TYPE }
    const { body } = await request(postern.server).post('/auth/openid/token').type('form').send(form)
    expect(body).toEqual({ error: 'invalid_request', error_description: 'subject_token is not valid' })
  })

  it('asks for the name of a session to one client: Session.sidFor', async () => {
    const [one, other] = [await register(postern, BACKCHANNEL), await register(postern, BACKCHANNEL)]
    const visitor = await signedIn(postern, 'ada')
    const claims = (await signInTo(one, visitor)).claims()
    const sessions = await visitor.get('/auth/api/v1/token-info')
    expect(claims?.sid).toBe(sessionId(sessions.body.token, one.id))
    expect((await signInTo(other, visitor)).claims()?.sid).not.toBe(claims?.sid)
  })
})
