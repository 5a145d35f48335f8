import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Refusal } from '../../server/core/access/refusal.js'
import type { TokenRecord } from '../../server/core/token/record.js'
import type { Scope } from '../../server/core/token/scope.js'
import { mintToken } from '../../server/core/token/token.js'
import { listTokenHistory } from '../../server/storage/postgres/token-history.js'
import { listUserTokens } from '../../server/storage/postgres/tokens.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { createUserToken, type TokenRequest } from '../../server/tokens/create-user-token.js'
import type { CreatedToken } from '../../server/tokens/insert.js'
import { revokeToken } from '../../server/tokens/revoke.js'
import { sweepExpired } from '../../server/tokens/sweep-expired.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

/** Of no user: what makes a token is asked for its rights alone, and whether it is suspended. */
const SESSION = mintToken('redis', randomBytes, randomBytes(32))
const creator = (username: string, scopes = ['read:image', 'read:tap', 'user:token']) =>
  ({ key: SESSION.key, type: 'session', username, scopes: scopes as Scope[] }) as unknown as TokenRecord
const wish = (name: string, more: Partial<TokenRequest> = {}): TokenRequest => ({
  name,
  scopes: ['read:tap'] as Scope[],
  ...more,
})
const create = (by: TokenRecord, wanted: TokenRequest) =>
  createUserToken(postern.context, by, wanted, { username: by.username, address: '192.0.2.7' })
const tokensOf = (username: string) => listUserTokens(postern.context.postgres, username)
const historyOf = (username: string, token: CreatedToken) =>
  listTokenHistory(postern.context.postgres.prisma, username, token.record.key)
const someone = () => `user-${++nextUser}`

describe('a new user token', () => {
  it('is what was asked for, is admitted, and begins its history', async () => {
    const ada = someone()
    const expires = postern.now() + 3600
    const created = (await create(creator(ada), wish('topcat', { expires }))) as CreatedToken
    const record = await authenticate(postern.context, created.token)
    expect(record).toMatchObject({ username: ada, type: 'user', name: 'topcat', scopes: ['read:tap'], expires })
    expect(await historyOf(ada, created)).toEqual([
      expect.objectContaining({ action: 'create', actor: ada, address: '192.0.2.7', tokenName: 'topcat', expires }),
    ])
  })

  it.each<[string, Partial<TokenRequest> & { name?: string }, string]>([
    ['more scopes than its maker holds', { scopes: ['exec:portal'] as Scope[] }, 'invalid_scopes'],
    ['a scope that nobody knows', { scopes: ['read:everything'] as Scope[] }, 'invalid_scopes'],
    ['an end less than five minutes away', { expires: 1 }, 'invalid_expires'],
    ['no name', { name: '' }, 'invalid_name'],
    ['a name that is too long', { name: 'x'.repeat(65) }, 'invalid_name'],
    ['a name that cannot be shown', { name: 'a\u0000b' }, 'invalid_name'],
  ])('with %s is refused, and nothing is made', async (_what, wrong, code) => {
    const ada = someone()
    expect(await create(creator(ada), wish('x', wrong))).toMatchObject({ code })
    expect(await tokensOf(ada)).toEqual([])
  })

  it('is not made by a token without user:token', async () => {
    const ada = someone()
    expect(await create(creator(ada, ['read:tap']), wish('x'))).toMatchObject({ code: 'permission_denied' })
    expect(await tokensOf(ada)).toEqual([])
  })

  it('cannot have the name of a living one, but another user’s may', async () => {
    const [ada, grace] = [someone(), someone()]
    await create(creator(ada), wish('topcat'))
    expect(await create(creator(ada), wish('topcat'))).toMatchObject({
      code: 'duplicate_token_name',
      message: 'Token name topcat already used',
    })
    expect(await tokensOf(ada)).toHaveLength(1)
    expect(await create(creator(grace), wish('topcat'))).not.toBeInstanceOf(Refusal)
  })

  it('of one name, asked for twenty times at once, is made once', async () => {
    const ada = someone()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => create(creator(ada), wish('race'))))
    expect(outcomes.filter((each) => !(each instanceof Refusal))).toHaveLength(1)
    expect(outcomes.filter((each) => each instanceof Refusal && each.code === 'duplicate_token_name')).toHaveLength(19)
    expect(await tokensOf(ada)).toHaveLength(1)
  })

  it('may take the name of one that has run out, whose end is then in the history', async () => {
    const ada = someone()
    const old = (await create(creator(ada), wish('weekly', { expires: postern.now() + 3600 }))) as CreatedToken
    postern.advance(3600)
    expect(await create(creator(ada), wish('weekly'))).not.toBeInstanceOf(Refusal)
    expect(await historyOf(ada, old)).toEqual([
      expect.objectContaining({ action: 'expire', actor: '<internal>' }),
      expect.objectContaining({ action: 'create' }),
    ])
  })
})

describe('an end', () => {
  it('by revocation is in the history once, however often it is asked for', async () => {
    const ada = someone()
    const created = (await create(creator(ada), wish('doomed'))) as CreatedToken
    const revoke = () => revokeToken(postern.context, ada, created.record.key, { username: ada })
    const outcomes = await Promise.all([revoke(), revoke(), revoke()])
    expect(outcomes.filter((each) => !(each instanceof Refusal))).toHaveLength(1)
    expect(await authenticate(postern.context, created.token)).toBeUndefined()
    expect((await historyOf(ada, created)).map(({ action }) => action)).toEqual(['revoke', 'create'])
  })

  it('is not for others to make: somebody else’s token is not there', async () => {
    const ada = someone()
    const created = (await create(creator(ada), wish('mine'))) as CreatedToken
    const outcome = await revokeToken(postern.context, 'mallory', created.record.key, { username: 'mallory' })
    expect(outcome).toMatchObject({ code: 'not_found' })
    expect(await authenticate(postern.context, created.token)).toBeDefined()
    expect(await historyOf(ada, created)).toHaveLength(1)
  })

  it('by time is swept into the history once, by however many sweepers', async () => {
    const ada = someone()
    const brief = (await create(creator(ada), wish('brief', { expires: postern.now() + 600 }))) as CreatedToken
    const lasting = (await create(creator(ada), wish('lasting'))) as CreatedToken
    postern.advance(600)
    await Promise.all([sweepExpired(postern.context), sweepExpired(postern.context), sweepExpired(postern.context)])
    expect((await tokensOf(ada)).map(({ name }) => name)).toEqual(['lasting'])
    expect((await historyOf(ada, brief)).map(({ action }) => action)).toEqual(['expire', 'create'])
    expect((await historyOf(ada, lasting)).map(({ action }) => action)).toEqual(['create'])
  })
})
