import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Refusal, type RefusalCode } from '../../server/core/access/refusal.js'
import type { Scope } from '../../server/core/token/scope.js'
import { parseToken, type Token, type TokenKey } from '../../server/core/token/token.js'
import { listTokenHistory } from '../../server/storage/postgres/token-history.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import type { TokenRequest } from '../../server/tokens/create-user-token.js'
import { editUserToken, ownerEdit } from '../../server/tokens/edit.js'
import { getToken } from '../../server/tokens/list.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const BOTH = ['read:image', 'read:tap'] as Scope[]
const TAP = ['read:tap'] as Scope[]

async function tokenOf(username: string, expires?: number): Promise<Token> {
  const text = await postern.token(username, {
    scopes: BOTH,
    name: 'topcat',
    ...(expires !== undefined && { expires }),
  })
  return parseToken(text) as Token
}
const someone = () => `editor-${++nextUser}`
/** The code of the refusal of an owner's edit; undefined when it was done. */
async function edit(username: string, token: Token, wish: TokenRequest): Promise<RefusalCode | undefined> {
  const actor = { username, address: '192.0.2.7' }
  const change = { username, key: token.key, become: () => wish, rule: ownerEdit, actor }
  const outcome = await editUserToken(postern.context, change)
  return outcome instanceof Refusal ? outcome.code : undefined
}
const historyOf = (username: string, token: Token) =>
  listTokenHistory(postern.context.postgres.prisma, username, token.key)

describe('an edit', () => {
  it('takes effect with the next check, and its history says what changed and nothing else', async () => {
    const ada = someone()
    const token = await tokenOf(ada)
    expect(await edit(ada, token, { name: 'topcat', scopes: TAP })).toBeUndefined()
    expect((await authenticate(postern.context, token))?.scopes).toEqual(TAP)
    const [last] = await historyOf(ada, token)
    expect(last).toMatchObject({ action: 'edit', actor: ada, address: '192.0.2.7', scopes: TAP, old: { scopes: BOTH } })
    expect(Object.keys(last?.old ?? {})).toEqual(['scopes'])
  })

  it('renames, and brings the end nearer', async () => {
    const ada = someone()
    const token = await tokenOf(ada)
    const expires = postern.now() + 3600
    expect(await edit(ada, token, { name: 'stilts', scopes: BOTH, expires })).toBeUndefined()
    expect(await authenticate(postern.context, token)).toMatchObject({ name: 'stilts', expires })
    expect((await historyOf(ada, token))[0]?.old).toEqual({ name: 'topcat', expires: null })
  })

  it('leaves a name of before the rules for names as it is, and follows them in a new one', async () => {
    const ada = someone()
    const token = await tokenOf(ada)
    const old = 'topcat\u200B'
    await postern.context.postgres.prisma.token.update({ where: { key: token.key }, data: { name: old } })
    expect(await edit(ada, token, { name: old, scopes: TAP })).toBeUndefined()
    expect(await getToken(postern.context, ada, token.key)).toMatchObject({ name: old, scopes: TAP })
    expect(await edit(ada, token, { name: `${old}2 `, scopes: TAP })).toBeUndefined()
    expect(await getToken(postern.context, ada, token.key)).toMatchObject({ name: 'topcat2' })
  })

  it('that changes nothing leaves no history', async () => {
    const ada = someone()
    const expires = postern.now() + 400
    const token = await tokenOf(ada, expires)
    postern.advance(200)
    expect(await edit(ada, token, { name: 'topcat', scopes: BOTH, expires })).toBeUndefined()
    expect(await historyOf(ada, token)).toHaveLength(1)
    postern.advance(-200)
  })

  it.each<[string, (now: number) => Partial<TokenRequest>, string]>([
    ['a scope more', (now) => ({ scopes: [...BOTH, 'exec:portal' as Scope], expires: now + 3000 }), 'invalid_scopes'],
    ['a later end', (now) => ({ expires: now + 7200 }), 'invalid_expires'],
    ['no end', () => ({}), 'invalid_expires'],
    ['an end that is too near', (now) => ({ expires: now + 10 }), 'invalid_expires'],
    ['no name', (now) => ({ name: '', expires: now + 3000 }), 'invalid_name'],
    ['the name of another', (now) => ({ name: 'taken', expires: now + 3000 }), 'duplicate_token_name'],
  ])('to %s is refused, and nothing has changed', async (_what, wish, code) => {
    const ada = someone()
    const token = await tokenOf(ada, postern.now() + 3600)
    await postern.token(ada, { name: 'taken' })
    const before = await authenticate(postern.context, token)
    expect(await edit(ada, token, { name: 'topcat', scopes: BOTH, ...wish(postern.now()) })).toBe(code)
    expect(await authenticate(postern.context, token)).toEqual(before)
    expect(await historyOf(ada, token)).toHaveLength(1)
  })

  it('with several mistakes has a reason for each, for the form to show at once', () => {
    const token = { key: 'x'.repeat(22) as TokenKey, type: 'user' as const, username: 'ada', scopes: TAP, created: 0 }
    const reasons = ownerEdit({ ...token, expires: 1000 }, { name: '', scopes: BOTH, expires: 2000 }, 0)
    expect(reasons.map(({ code }) => code)).toEqual(['invalid_name', 'invalid_expires', 'invalid_scopes'])
  })

  it('to the name of a token that has run out takes it over', async () => {
    const ada = someone()
    await postern.token(ada, { name: 'weekly', expires: postern.now() + 600 })
    const token = await tokenOf(ada)
    postern.advance(600)
    expect(await edit(ada, token, { name: 'weekly', scopes: TAP })).toBeUndefined()
    postern.advance(-600)
  })

  it('of somebody else’s token finds none', async () => {
    const ada = someone()
    const token = await tokenOf(ada)
    expect(await edit('mallory', token, { name: 'x', scopes: [] })).toBe('not_found')
    expect((await authenticate(postern.context, token))?.name).toBe('topcat')
  })

  it('and another at the same moment follow each other: neither undoes the other unseen', async () => {
    const ada = someone()
    const token = await tokenOf(ada)
    await Promise.all([
      edit(ada, token, { name: 'topcat', scopes: TAP }),
      edit(ada, token, { name: 'topcat', scopes: [] }),
    ])
    const [last, first] = await historyOf(ada, token)
    const now = await authenticate(postern.context, token)
    expect(last?.scopes).toEqual(now?.scopes)
    if (first?.action === 'edit') expect(last?.old?.scopes).toEqual(first.scopes)
  })
})
