import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { rotateSecret } from '../../../server/openid/clients.js'
import { type Desk, openDesk } from '../../support/clients/client.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import { wheelFolder } from '../../support/programs/wheels.mjs'
import { describeWith } from '../../support/run/requires.js'
import { type Conversation, converse } from './support/conversation.js'
import { ENDED, refusalsOf, saidOf, VALID } from './support/ended.js'
import { startTwoProcesses, type TwoProcesses } from './support/site.js'

const PROGRAM = fileURLToPath(new URL('support/canfar_client.py', import.meta.url))

/** What the program prints; see there. */
interface Answer {
  readonly user_code: string
  readonly user: string
  readonly access_token: string
  readonly refresh_token: string
  readonly identity: string
  readonly secret: string
  readonly failed?: string
  readonly because?: string
}

describeWith(['canfar'], 'CANFAR’s command line', () => {
  let site: TwoProcesses
  let desk: Desk
  let canfar: Conversation<Answer>

  beforeAll(async () => {
    site = await startTwoProcesses({ deviceLogin: { enabled: true, registration: true } })
    desk = openDesk()
  })
  afterEach(() => canfar.stop())
  afterAll(async () => {
    desk?.clear()
    await site?.stop()
  })

  /** Has it register itself and show a code, which a user answers. */
  async function begin(username: string, answer = 'allow') {
    const visitor = await signedIn(site.here, username)
    canfar = converse(['python3', PROGRAM, site.url], { HOME: desk.home, PYTHONPATH: wheelFolder('canfar') })
    const { user_code } = await canfar.hear()
    const page = await visitor.post('/auth/device', { user_code })
    expect(page.text).toContain('Science Platform CLI @')
    await visitor.post('/auth/device/answer', { user_code, answer })
    canfar.goOn()
    return { visitor, said: await canfar.hear() }
  }

  async function signOut(visitor: Visitor): Promise<void> {
    await visitor.get('/auth/account')
    await visitor.post('/logout')
  }

  const clientOf = ({ identity, secret }: Answer) => ({ id: identity, secret })
  const tokensOf = ({ access_token, refresh_token }: Answer) => ({
    accessToken: access_token,
    refreshToken: refresh_token,
  })

  it('registers itself, has its user sign it in with a code, and refreshes, until the user signs out', async () => {
    const { visitor, said } = await begin('ada')
    expect(said.user).toBe('ada')
    expect(await saidOf(site, clientOf(said), tokensOf(said))).toEqual(VALID)
    canfar.goOn()
    const again = await canfar.hear()
    expect(again.access_token).not.toBe(said.access_token)
    expect(await saidOf(site, clientOf(said), tokensOf(again))).toEqual(VALID)

    await signOut(visitor)
    for (const each of [said, again]) {
      await eventually(async () => expect(await saidOf(site, clientOf(said), tokensOf(each))).toEqual(ENDED))
    }
    expect(await refusalsOf(site, clientOf(said), tokensOf(again))).toEqual(['invalid_grant', 'invalid_grant'])
    canfar.goOn()
    expect(await canfar.hear()).toEqual({
      failed: 'ReauthenticationRequiredError',
      because: 'OIDC refresh credentials were rejected.',
    })
  })

  it('says that a replaced secret is refused, and gets nothing', async () => {
    const { said } = await begin('grace')
    await rotateSecret(site.here.context, said.identity, 0, { username: 'root' })
    canfar.goOn()
    expect(await canfar.hear()).toEqual({
      failed: 'ReauthenticationRequiredError',
      because: 'OIDC client credentials were rejected.',
    })
  })

  it('says that its user did not agree', async () => {
    const { said } = await begin('ida', 'deny')
    expect(said).toEqual({ failed: 'PermissionError', because: 'OIDC device authorization was denied' })
  })
})
