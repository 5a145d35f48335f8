import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { revokeEverything } from '../../server/tokens/revoke-everything.js'
import { sweepIdle } from '../../server/tokens/sweep-idle.js'
import { storedEvents } from '../storage/audit/support/events.js'
import { request } from '../support/documented.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

const CHECK_FROM = '198.51.100.5'
const REVOKE_FROM = '203.0.113.9'

let postern: RunningPostern
let admin: string
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern({ settings: { tokenPolicy: { user: { idle: '1d' } } } })
  admin = await postern.token('root', { scopes: ['admin:token'] })
})
afterAll(() => postern.stop())

const keyOf = (token: string) => token.slice(3, 25)
const someone = () => `faller-${++nextUser}`
const delegate = async (token: string, query: string) => {
  const { headers } = await request(postern.server)
    .get(`/ingress/auth?scope=read:tap&${query}`)
    .set({ ...ASKED, Authorization: `Bearer ${token}`, 'X-Forwarded-For': CHECK_FROM })
  return String(headers['x-auth-request-token'])
}
const api = (method: 'get' | 'delete', path: string, token = admin) =>
  request(postern.server)
    [method](`/auth/api/v1/users/${path}`)
    .set({ Authorization: `Bearer ${token}`, 'X-Forwarded-For': REVOKE_FROM })
/** The entries of the token itself; the API has those of its children among them. */
const historyOf = async (user: string, token: string): Promise<{ token: string; action: string }[]> => {
  const { body } = await api('get', `${user}/tokens/${keyOf(token)}/change-history`)
  return body.filter((entry: { token: string }) => entry.token === keyOf(token))
}
const actionsOf = async (user: string, token: string) => (await historyOf(user, token)).map(({ action }) => action)

/** A token of a user, a notebook token of it, and an internal token of each. */
async function family(user = someone()) {
  const token = await postern.token(user, { scopes: ['read:tap', 'user:token'] })
  const notebook = await delegate(token, 'notebook=true')
  const internal = await delegate(token, 'delegate_to=tap&delegate_scope=read:tap')
  const below = await delegate(notebook, 'delegate_to=tap&delegate_scope=read:tap')
  return { user, token, notebook, internal, below, all: [token, notebook, internal, below] }
}

describe('the history of a delegated token', () => {
  it('begins with the address of the client whose request it was made for, and is found by it', async () => {
    const { user, notebook, internal, below } = await family()
    const found = await api('get', `${user}/token-change-history?ip_address=${CHECK_FROM}`)
    expect(found.body.map(({ token }: { token: string }) => token).sort()).toEqual(
      [notebook, internal, below].map(keyOf).sort(),
    )
    expect(await historyOf(user, internal)).toEqual([
      expect.objectContaining({ action: 'create', actor: user, ip_address: CHECK_FROM }),
    ])
    const created = (await storedEvents(postern)).filter(({ postern: { object } }) => object?.id === keyOf(below))
    expect(created).toEqual([
      expect.objectContaining({
        source: { ip: CHECK_FROM },
        postern: expect.objectContaining({ channel: 'check', token: keyOf(notebook) }),
      }),
    ])
  })

  it('ends with that of the token which it came from: who revoked it, when, and from where', async () => {
    const { user, token, notebook, all } = await family()
    await api('delete', `${user}/tokens/${keyOf(token)}`).expect(204)
    for (const each of all) {
      expect(await historyOf(user, each)).toEqual([
        expect.objectContaining({ action: 'revoke', actor: 'root', ip_address: REVOKE_FROM, token: keyOf(each) }),
        expect.objectContaining({ action: 'create' }),
      ])
    }
    expect((await historyOf(user, notebook))[0]).toMatchObject({ token_type: 'notebook', parent: keyOf(token) })
    const ends = (await storedEvents(postern)).filter(
      ({ event, user: by }) => event.action === 'token.revoke' && by?.target?.name === user,
    )
    expect(ends.map(({ postern: { object } }) => object?.id).sort()).toEqual(all.map(keyOf).sort())
  })

  it('has one end, whichever of them is revoked first, and however often', async () => {
    const { user, token, notebook, internal, below, all } = await family()
    await api('delete', `${user}/tokens/${keyOf(notebook)}`).expect(204)
    expect(await actionsOf(user, below)).toEqual(['revoke', 'create'])
    expect(await actionsOf(user, internal)).toEqual(['create'])
    await api('delete', `${user}/tokens/${keyOf(token)}`).expect(204)
    for (const each of [below, internal]) await api('delete', `${user}/tokens/${keyOf(each)}`)
    for (const each of all) expect(await actionsOf(user, each)).toEqual(['revoke', 'create'])
  })

  it('has it from acts on many tokens, too, and those of other users go on', async () => {
    const [one, other, untouched] = [await family(), await family(), await family()]
    await api('delete', `${one.user}/tokens`).expect(200)
    await revokeEverything(postern.context, other.user, { username: 'root' })
    for (const { user, all } of [one, other])
      for (const each of all) expect(await actionsOf(user, each)).toEqual(['revoke', 'create'])
    for (const each of untouched.all) expect(await actionsOf(untouched.user, each)).toEqual(['create'])
  })

  it('ends when the token that it came from was not used for too long', async () => {
    const { user, all } = await family()
    postern.advance(2 * 86_400)
    await sweepIdle(postern.context)
    admin = await postern.token('root', { scopes: ['admin:token'] })
    for (const each of all) expect(await actionsOf(user, each)).toEqual(['expire', 'create'])
  })
})
