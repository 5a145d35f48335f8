import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Refusal } from '../../../server/core/access/refusal.js'
import { OPERATOR_ACTOR } from '../../../server/core/token/history.js'
import type { Scope } from '../../../server/core/token/scope.js'
import { parseToken, type Token } from '../../../server/core/token/token.js'
import type { Context } from '../../../server/storage/context.js'
import { authenticate } from '../../../server/tokens/authenticate.js'
import { createTokenForUser } from '../../../server/tokens/create-for-user.js'
import { createUserToken } from '../../../server/tokens/create-user-token.js'
import { delegate } from '../../../server/tokens/delegate.js'
import { previewIssuedBefore, revokeIssuedBefore } from '../../../server/tokens/incident/revoke-issued-before.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { eventually } from '../../support/eventually.js'
import type { RunningPostern } from '../../support/postern.js'
import { startReplicas } from '../../support/replicas.js'

const OPERATOR = { username: OPERATOR_ACTOR }
const READ = ['read:tap', 'user:token'] as Scope[]

let here: RunningPostern
let there: RunningPostern
let command: Context
let stop: () => Promise<void>

beforeAll(async () => {
  ;({ here, there, command, stop } = await startReplicas({ memoryMaxAge: '1h' }))
})
beforeEach(async () => {
  advance(10)
  await revokeIssuedBefore(command, here.now(), OPERATOR)
})
afterAll(() => stop())

function advance(seconds: number): void {
  here.advance(seconds)
  there.advance(seconds)
}

function tokenOf(made: { token: Token } | Refusal): Token {
  if (made instanceof Refusal) throw new Error(made.message)
  return made.token
}

const parsed = (text: string): Token => tokenOf({ token: parseToken(text) as Token })
const delegated = async (parent: Token): Promise<Token> => {
  const record = await authenticate(here.context, parent)
  if (!record) throw new Error('The token is not valid')
  return (await delegate(here.context, record, { type: 'internal', service: 'tap', scopes: READ })) as Token
}

/** A session, a user token, a service token, and what was delegated from the first two. */
async function issue(name: string): Promise<Token[]> {
  const session = parsed(await here.session(name))
  const user = parsed(await here.token(name, { scopes: READ, name: `of ${name}` }))
  const bot = { username: `bot-${name}`, type: 'service', scopes: ['read:tap'] as Scope[] } as const
  const service = tokenOf(await createTokenForUser(here.context, bot, OPERATOR))
  return [session, user, service, await delegated(session), await delegated(user)]
}

const valid = async (at: RunningPostern, tokens: readonly Token[]) =>
  Promise.all(tokens.map(async (token) => (await authenticate(at.context, token)) !== undefined))

describe('revoking what was issued before an instant', () => {
  it('ends the sessions and tokens of all users in every process, and leaves those issued since', async () => {
    const old = [...(await issue('ada')), ...(await issue('bob'))]
    advance(10)
    const instant = here.now()
    const since = await issue('eve')
    for (const at of [here, there]) expect(await valid(at, [...old, ...since])).not.toContain(false)
    expect(await revokeIssuedBefore(command, instant, OPERATOR)).toEqual({ sessions: 2, tokens: 4 })
    for (const at of [here, there]) {
      await eventually(async () => !(await valid(at, old)).includes(true))
      expect(await valid(at, old)).not.toContain(true)
      expect(await valid(at, since)).not.toContain(false)
    }
  })

  it('ends the later tokens that were made with one of them, also where that one is gone already', async () => {
    const [, thief] = await issue('mallory')
    advance(10)
    const instant = here.now()
    const maker = thief && (await authenticate(here.context, thief))
    if (!thief || !maker) throw new Error('The token is not valid')
    const wish = { name: 'heir', scopes: READ, expires: here.now() + 3600 }
    const heir = tokenOf(await createUserToken(here.context, maker, wish, { username: 'mallory' }))
    await here.revoke(`gt-${thief.key}.${thief.secret.reveal()}`)
    await revokeIssuedBefore(command, instant, OPERATOR)
    expect(await valid(here, [heir])).toEqual([false])
  })

  it('is previewed with the counts, and revokes nothing then', async () => {
    const tokens = [...(await issue('ada')), ...(await issue('bob'))]
    advance(10)
    const expected = { sessions: 2, userTokens: 2, serviceTokens: 2, users: 4 }
    expect(await previewIssuedBefore(command, here.now())).toEqual(expected)
    expect(await valid(here, tokens)).not.toContain(false)
    await revokeIssuedBefore(command, here.now(), OPERATOR)
    const none = { sessions: 0, userTokens: 0, serviceTokens: 0, users: 0 }
    expect(await previewIssuedBefore(command, here.now())).toEqual(none)
  })

  it('records the act before it, and each token that it ended, those that were delegated among them', async () => {
    const issued = (await issue('ada')).map(({ key }) => key)
    advance(10)
    const before = (await storedEvents(here)).length
    await revokeIssuedBefore(command, here.now(), OPERATOR)
    const events = (await storedEvents(here)).slice(before)
    const actions = events.map(({ event }) => event.action)
    expect([actions[0], actions.slice(1).sort()]).toEqual([
      'revoke.all',
      ['session.revoke', ...Array.from({ length: 4 }, () => 'token.revoke')],
    ])
    expect(
      events
        .slice(1)
        .flatMap(({ postern: { object } }) => object?.id ?? [])
        .sort(),
    ).toEqual(issued.sort())
  })

  it('leaves the history of a session that had expired alone', async () => {
    await here.session('ada')
    advance(31 * 86_400)
    expect(await revokeIssuedBefore(command, here.now(), OPERATOR)).toEqual({ sessions: 0, tokens: 0 })
  })
})
