import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Refusal } from '../../server/core/access/refusal.js'
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
  postern = await startProvider()
})
afterAll(() => postern.stop())

const BACKCHANNEL = { backchannelLogoutUri: 'https://grafana.example.org/logout' }

describe('oidc-provider still asks', () => {
  it('for the text of an access token: AccessToken.generateTokenId', async () => {
    const tokens = await signInTo(await register(postern), await signedIn(postern, 'ada'))
    const token = parseToken(tokens.access_token)
    expect(token).not.toBeInstanceOf(Refusal)
  })

  it('for the session of a request: Session.get, and sets no cookie for one of its own', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const { status, headers } = await visitor.get((await party.begin()).path)
    expect([status, new URL(String(headers.location)).searchParams.has('code')]).toEqual([303, true])
    expect(headers['set-cookie']).toBeUndefined()
  })

  it('for the name of a session to one client: Session.sidFor', async () => {
    const [one, other] = [await register(postern, BACKCHANNEL), await register(postern, BACKCHANNEL)]
    const visitor = await signedIn(postern, 'ada')
    const claims = (await signInTo(one, visitor)).claims()
    const sessions = await visitor.get('/auth/api/v1/token-info')
    expect(claims?.sid).toBe(sessionId(sessions.body.token, one.id))
    expect((await signInTo(other, visitor)).claims()?.sid).not.toBe(claims?.sid)
  })
})
