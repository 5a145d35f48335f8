import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import type { TokenKey } from '../../server/core/token/token.js'
import { searchHistory } from '../../server/storage/postgres/token-history-search.js'
import { sweepExpired } from '../../server/tokens/sweep-expired.js'
import { storedEvents } from '../storage/audit/support/events.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern({ settings: { tokenLifetime: '1h' } })
})
afterAll(() => postern.stop())

const someone = () => `leaver-${++nextUser}`
const delegate = async (token: string, query: string) => {
  const { headers } = await request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set({ ...ASKED, Authorization: `Bearer ${token}` })
  return String(headers['x-auth-request-token'])
}
const actionsOf = async (token: string) => {
  const key = token.slice(3, 25) as TokenKey
  const { changes } = await searchHistory(postern.context.postgres, { key }, { limit: 1000 })
  return changes.filter((change) => change.token === key).map(({ action }) => action)
}

const expiriesOf = async (owner: string) =>
  (await storedEvents(postern)).filter(
    ({ event, user }) => event.action === 'token.expire' && user?.target?.name === owner,
  )

describe('tokens that run out by themselves', () => {
  it('are told of in the history, once, however many look for them at once', async () => {
    const ada = someone()
    const session = await postern.session(ada)
    const notebook = await delegate(session, 'notebook=true')
    const internal = await delegate(notebook, 'delegate_to=tap')
    await sweepExpired(postern.context)
    expect(await actionsOf(session)).toEqual(['create'])
    postern.advance(3600)
    await Promise.all(Array.from({ length: 4 }, () => sweepExpired(postern.context)))
    await sweepExpired(postern.context)
    for (const token of [session, notebook, internal]) expect(await actionsOf(token)).toEqual(['expire', 'create'])
    const { changes } = await searchHistory(postern.context.postgres, { username: ada }, { limit: 3 })
    expect(changes.map(({ tokenType }) => tokenType).sort()).toEqual(['internal', 'notebook', 'session'])
    for (const change of changes) {
      expect(change).toMatchObject({ action: 'expire', actor: '<internal>' })
      expect(change.address).toBeUndefined()
    }
    expect((await expiriesOf(ada)).map(({ postern: { before } }) => before?.type)).toEqual(
      changes.map(({ tokenType }) => tokenType).reverse(),
    )
  })

  it('are audit events of the server itself, those that lived in PostgreSQL as well', async () => {
    const ada = someone()
    const token = await postern.token(ada, { name: 'mine', expires: postern.now() + 600 })
    postern.advance(600)
    await sweepExpired(postern.context)
    await sweepExpired(postern.context)
    expect(await expiriesOf(ada)).toEqual([
      expect.objectContaining({
        event: expect.objectContaining({ action: 'token.expire', outcome: 'success' }),
        user: { name: '<internal>', target: { name: ada } },
        postern: {
          channel: 'job',
          object: { type: 'token', id: token.slice(3, 25) },
          before: expect.objectContaining({ type: 'user', name: 'mine' }),
        },
      }),
    ])
  })

  it('are not said to have done so when they, or what they came from, were revoked', async () => {
    const ada = someone()
    const session = await postern.session(ada)
    const notebook = await delegate(session, 'notebook=true')
    const internal = await delegate(notebook, 'delegate_to=tap')
    const alone = await delegate(session, 'delegate_to=alone')
    await postern.revoke(alone)
    await postern.revoke(session)
    postern.advance(3600)
    expect(await sweepExpired(postern.context)).toBe(0)
    expect(await actionsOf(session)).toEqual(['revoke', 'create'])
    expect(await actionsOf(alone)).toEqual(['revoke', 'create'])
    for (const token of [notebook, internal]) expect(await actionsOf(token)).toEqual(['revoke', 'create'])
  })

  it('are all told of, when there are more than one batch takes, some of them ending at the same moment', async () => {
    await postern.context.postgres.pool.query(
      `INSERT INTO token_change (token, username, token_type, scopes, actor, action, expires, at)
       SELECT 'many-' || n, 'many', 'session', '{}', 'many', 'create', to_timestamp($1::bigint + n / 400), to_timestamp($1)
       FROM generate_series(1, 1300) n`,
      [postern.now()],
    )
    postern.advance(60)
    expect(await sweepExpired(postern.context)).toBe(1300)
    expect(await sweepExpired(postern.context)).toBe(0)
  })
})
