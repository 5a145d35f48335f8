import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { isActId } from '../../../server/core/token/act.js'
import { parseToken, type Token } from '../../../server/core/token/token.js'
import { disableAccount } from '../../../server/login/account-status.js'
import { authenticate } from '../../../server/tokens/authenticate.js'
import { delegate } from '../../../server/tokens/delegate.js'
import { revokeIssuedBefore } from '../../../server/tokens/incident/revoke-issued-before.js'
import { endSessions, revokeToken, revokeWithHeirs } from '../../../server/tokens/revoke.js'
import { revokeEverything } from '../../../server/tokens/revoke-everything.js'
import { revokeMatching } from '../../../server/tokens/revoke-matching.js'
import { asOneAct } from '../../../server/tokens/several/one-act.js'
import { revokeSelected } from '../../../server/tokens/several/revoke-selected.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern
let number = 0

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const actor = { username: 'root-admin', reason: 'leaked laptop' }

interface Owner {
  readonly username: string
  readonly tokens: readonly Token[]
  readonly sessions: readonly Token[]
}

/** Two sessions and two user tokens of a user, and a token that was delegated from each. */
async function owner(): Promise<Owner> {
  const username = `owner-${++number}`
  await postern.account(username)
  const texts = await Promise.all([
    postern.token(username, { scopes: ['read:tap', 'user:token'] }),
    postern.token(username),
    postern.session(username),
    postern.session(username),
  ])
  const [one, two, three, four] = texts.map((text) => parseToken(text) as Token)
  if (!one || !two || !three || !four) throw new Error('No tokens')
  for (const each of [one, two, three, four]) {
    const record = await authenticate(postern.context, each)
    if (record) await delegate(postern.context, record, { type: 'internal', service: 'tap', scopes: record.scopes })
  }
  return { username, tokens: [one, two], sessions: [three, four] }
}

interface Ended {
  readonly token: string
  readonly act: string | null
  readonly reason: string | null
}

async function endsOf({ username }: Owner): Promise<Ended[]> {
  const { rows } = await postern.context.postgres.pool.query<Ended>(
    "SELECT token, act, reason FROM token_change WHERE username = $1 AND action = 'revoke'",
    [username],
  )
  return rows
}

const ACTS: readonly (readonly [string, number, (of: Owner) => Promise<unknown>])[] = [
  ['revoking everything of a user', 8, ({ username }) => revokeEverything(postern.context, username, actor)],
  ['ending the sessions of a user', 4, ({ username }) => endSessions(postern.context, username, actor)],
  [
    'revoking those that fit',
    4,
    ({ username }) => revokeMatching(postern.context, username, { types: ['user'] }, actor),
  ],
  [
    'revoking several selected ones',
    4,
    ({ username, tokens }) => {
      const selection = { username, keys: tokens.map(({ key }) => key), withHeirs: false }
      return revokeSelected(postern.context, selection, actor)
    },
  ],
  [
    'revoking one with those that were created with it',
    2,
    ({ username, tokens }) => revokeWithHeirs(postern.context, username, tokens[0]?.key ?? missing(), actor),
  ],
  ['disabling an account', 4, ({ username }) => disableAccount(postern.context, username, actor)],
  [
    'revoking what was issued before an instant',
    8,
    async () => {
      postern.advance(10)
      await revokeIssuedBefore(postern.context, postern.now(), actor)
    },
  ],
]

describe('an act on many tokens', () => {
  it.each(ACTS)(
    'has one identifier and its reason in the history and the audit trail: %s',
    async (_act, count, act) => {
      const someone = await owner()
      await act(someone)
      const ends = await endsOf(someone)
      expect(ends).toHaveLength(count)
      const [id] = ends.map((end) => end.act)
      expect(typeof id === 'string' && isActId(id)).toBe(true)
      expect(new Set(ends.map((end) => `${end.act} ${end.reason}`))).toEqual(new Set([`${id} leaked laptop`]))
      const events = (await storedEvents(postern)).filter(
        ({ event, user }) => event.action.endsWith('.revoke') && user?.target?.name === someone.username,
      )
      expect(events.map((event) => event.postern.act)).toEqual(Array.from({ length: count }, () => id))
    },
  )

  it('has another identifier than the same act on another user', async () => {
    const [one, other] = [await owner(), await owner()]
    for (const each of [one, other]) await revokeEverything(postern.context, each.username, actor)
    expect((await endsOf(one))[0]?.act).not.toBe((await endsOf(other))[0]?.act)
  })

  it('has the identifier of the act that it is part of', async () => {
    const [one, other] = [await owner(), await owner()]
    const incident = asOneAct(postern.context, actor)
    for (const each of [one, other]) await revokeEverything(postern.context, each.username, incident)
    const ends = [...(await endsOf(one)), ...(await endsOf(other))]
    expect(new Set(ends.map(({ act }) => act))).toEqual(new Set([incident.act]))
  })

  it('is not the end of a single token, whose reason is in the history all the same', async () => {
    const someone = await owner()
    await revokeToken(postern.context, someone.username, someone.tokens[0]?.key ?? missing(), actor)
    expect(new Set((await endsOf(someone)).map(({ act, reason }) => `${act} ${reason}`))).toEqual(
      new Set(['null leaked laptop']),
    )
  })

  it('has the event of the account among its events', async () => {
    const someone = await owner()
    await disableAccount(postern.context, someone.username, actor)
    const events = (await storedEvents(postern)).filter(({ user }) => user?.target?.name === someone.username)
    const disabled = events.find(({ event }) => event.action === 'account.disable')
    expect(disabled?.postern.act).toBe((await endsOf(someone))[0]?.act)
  })
})

function missing(): never {
  throw new Error('No such token')
}
