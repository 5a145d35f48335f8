import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Refusal } from '../../server/core/access/refusal.js'
import type { TokenRecord } from '../../server/core/token/record.js'
import type { Scope } from '../../server/core/token/scope.js'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { DEFAULT_GROUP_MAPPING } from '../../server/settings/rubin.js'
import { listTokenHistory } from '../../server/storage/postgres/token-history.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { createTokenForUser } from '../../server/tokens/create-for-user.js'
import { createUserToken } from '../../server/tokens/create-user-token.js'
import { adminEdit, editUserToken, ownerEdit } from '../../server/tokens/edit.js'
import type { CreatedToken } from '../../server/tokens/insert.js'
import { revokeToken, revokeWithHeirs } from '../../server/tokens/revoke.js'
import { rotateToken } from '../../server/tokens/rotate.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern
let number = 0

beforeAll(async () => {
  // No group gives write:files.
  const groupMapping = { ...DEFAULT_GROUP_MAPPING, 'write:files': [] }
  postern = await startPostern({ settings: { groupMapping } })
})
afterAll(() => postern.stop())

const scopes = (...names: string[]) => names as Scope[]
const someone = () => `heir-${++number}`
const actorOf = (username: string) => ({ username })
const rows = () => postern.context.postgres.prisma.token.findMany({ orderBy: { key: 'asc' } })

/** The record of a token as a check has it. */
async function recordOf(token: Token): Promise<TokenRecord> {
  const record = await authenticate(postern.context, token)
  if (!record) throw new Error('The token is not valid')
  return record
}

async function sessionOf(username: string, groups: string[] = ['users']): Promise<TokenRecord> {
  await postern.account(username, groups)
  return recordOf(parseToken(await postern.session(username)) as Token)
}

/** Makes a user token, with another one or by a session. */
async function make(maker: TokenRecord, name: string, more: { expires?: number; scopes?: Scope[] } = {}) {
  const wish = { name, scopes: scopes('read:tap', 'user:token'), ...more }
  return createUserToken(postern.context, maker, wish, actorOf(maker.username))
}

async function made(maker: TokenRecord, name: string, more: { expires?: number; scopes?: Scope[] } = {}) {
  const created = await make(maker, name, more)
  if (created instanceof Refusal) throw new Error(created.message)
  return { ...created, record: await recordOf(created.token) }
}

/** A session's token, one that it made, and one that that one made. */
async function line(more: { expires?: number } = {}) {
  const ada = await sessionOf(someone())
  const first = await made(ada, 'first', more)
  const second = await made(first.record, 'second')
  const third = await made(second.record, 'third')
  return { ada, first, second, third }
}

const isValid = async ({ token }: CreatedToken) => (await authenticate(postern.context, token)) !== undefined

describe('S7: a token that another token made', () => {
  it('ends no later than its maker, and knows its makers', async () => {
    const expires = postern.now() + 400
    const { first, second, third } = await line({ expires })
    expect([second.record.expires, third.record.expires]).toEqual([expires, expires])
    expect(third.record.makers).toEqual([second.record.key, first.record.key])
    postern.advance(401)
    for (const each of [first, second, third]) expect(await isValid(each)).toBe(false)
    postern.advance(-401)
  })

  it('is not made when it is asked to last longer than its maker', async () => {
    const { first } = await line({ expires: postern.now() + 400 })
    const before = await rows()
    expect(await make(first.record, 'longer', { expires: postern.now() + 500 })).toMatchObject({
      code: 'invalid_expires',
      message: 'A token cannot last longer than the token that creates it',
    })
    expect(await rows()).toEqual(before)
  })

  it('is made of any length by a session, which is how people make tokens', async () => {
    const ada = await sessionOf(someone())
    expect((await made(ada, 'endless')).record.expires).toBeUndefined()
    expect((await made(ada, 'other')).record.makers).toBeUndefined()
  })

  it('falls with its maker when that is revoked with its heirs, all down the line, and each end is in the history', async () => {
    const { ada, first, second, third } = await line()
    const bystander = await made(ada, 'bystander')
    const ended = await revokeWithHeirs(postern.context, ada.username, first.record.key, actorOf(ada.username))
    expect((ended as readonly TokenRecord[]).map(({ name }) => name).sort()).toEqual(['first', 'second', 'third'])
    for (const each of [first, second, third]) {
      expect(await isValid(each)).toBe(false)
      const [last] = await listTokenHistory(postern.context.postgres.prisma, ada.username, each.record.key)
      expect(last).toMatchObject({ action: 'revoke', actor: ada.username })
    }
    expect(await isValid(bystander)).toBe(true)
  })

  it('falls with the first of the line also when the one between was revoked before', async () => {
    const { ada, first, second, third } = await line()
    await revokeToken(postern.context, ada.username, second.record.key, actorOf(ada.username))
    expect(await isValid(third)).toBe(true)
    await revokeWithHeirs(postern.context, ada.username, first.record.key, actorOf(ada.username))
    expect(await isValid(third)).toBe(false)
  })

  it('is never left behind when it is made at the moment at which its maker is revoked', async () => {
    for (let round = 0; round < 20; round++) {
      const ada = await sessionOf(someone())
      const stolen = await made(ada, 'stolen')
      const makes = ['a', 'b', 'c', 'd'].map((name) => make(stolen.record, name))
      const revoked = revokeWithHeirs(postern.context, ada.username, stolen.record.key, actorOf(ada.username))
      const outcomes = await Promise.all([...makes, revoked])
      expect(outcomes.at(-1)).not.toBeInstanceOf(Refusal)
      const left = await postern.context.postgres.prisma.token.count({ where: { username: ada.username } })
      expect(left).toBe(0)
    }
  })

  it('is not made by a token that has just been revoked', async () => {
    const { ada, first } = await line()
    await revokeToken(postern.context, ada.username, first.record.key, actorOf(ada.username))
    const before = await rows()
    expect(await make(first.record, 'late')).toMatchObject({ code: 'invalid_token' })
    expect(await rows()).toEqual(before)
  })

  it('loses what an edit takes from its maker, at once, and its history says so', async () => {
    const { ada, first, third } = await line()
    const expires = postern.now() + 1000
    await editUserToken(postern.context, {
      username: ada.username,
      key: first.record.key,
      become: () => ({ name: 'first', scopes: scopes('user:token'), expires }),
      rule: ownerEdit,
      actor: actorOf(ada.username),
    })
    expect(await recordOf(third.token)).toMatchObject({ scopes: ['user:token'], expires })
    const [last] = await listTokenHistory(postern.context.postgres.prisma, ada.username, third.record.key)
    expect(last).toMatchObject({ action: 'edit', old: { scopes: ['read:tap', 'user:token'], expires: null } })
  })
})

describe('S7: rotating', () => {
  const rotate = (maker: TokenRecord, { record }: CreatedToken, overlap = 600) =>
    rotateToken(
      postern.context,
      { username: record.username, key: record.key, overlap },
      { ...actorOf(maker.username), maker },
    )

  it('is no way to the secret of a token that lasts longer', async () => {
    const ada = await sessionOf(someone())
    const brief = await made(ada, 'brief', { expires: postern.now() + 400 })
    const endless = await made(ada, 'endless')
    const before = await rows()
    expect(await rotate(brief.record, endless)).toMatchObject({
      code: 'permission_denied',
      message: 'The token lasts longer than yours',
    })
    expect(await rows()).toEqual(before)
    expect(await rotate(ada, endless)).toMatchObject({ record: { name: 'endless' } })
  })

  it('makes an heir of what another token rotates, and none of what a token rotates of itself', async () => {
    const { ada, first } = await line()
    const other = await made(ada, 'other')
    const rotated = (await rotate(first.record, other)) as CreatedToken
    expect(rotated.record.makers).toEqual([first.record.key])
    const renewed = (await rotate(first.record, first)) as CreatedToken
    expect(renewed.record.makers).toBeUndefined()
  })

  it('leaves the heirs of the old token to the new one, too', async () => {
    const { ada, first, second, third } = await line()
    const renewed = (await rotate(ada, first, 0)) as CreatedToken
    await revokeWithHeirs(postern.context, ada.username, renewed.record.key, actorOf(ada.username))
    for (const each of [second, third]) expect(await isValid(each)).toBe(false)
  })
})

describe('S8: a granted token', () => {
  const grant = async (username: string, maker?: TokenRecord, wanted = scopes('exec:admin', 'user:token')) =>
    createTokenForUser(
      postern.context,
      { username, type: 'user', name: 'granted', scopes: wanted },
      { username: maker?.username ?? '<bootstrap>', maker },
    )

  it('is not what an administrator makes for themselves, by either way', async () => {
    const root = await sessionOf(someone(), ['admins'])
    const before = await rows()
    expect(await grant(root.username, root, scopes('write:files'))).toMatchObject({ code: 'invalid_scopes' })
    expect(await make(root, 'own', { scopes: scopes('write:files') })).toMatchObject({ code: 'invalid_scopes' })
    expect(await rows()).toEqual(before)
    const plain = (await grant(root.username, root, scopes('admin:token'))) as CreatedToken
    expect(plain.record.granted).toBeUndefined()
    await postern.context.postgres.prisma.groupMember.deleteMany({ where: { username: root.username } })
    await postern.context.tokenCache.invalidate([plain.record.key])
    expect((await recordOf(plain.token)).scopes).toEqual([])
  })

  it('passes what was granted on to no copy', async () => {
    const carol = await sessionOf(someone())
    const granted = (await grant(carol.username)) as CreatedToken
    const record = await recordOf(granted.token)
    expect(record).toMatchObject({ granted: true, scopes: ['exec:admin', 'user:token'] })
    const before = await rows()
    expect(await make(record, 'copy', { scopes: scopes('exec:admin') })).toMatchObject({ code: 'invalid_scopes' })
    expect(await rows()).toEqual(before)
    expect((await made(record, 'plain', { scopes: scopes('user:token') })).record.granted).toBeUndefined()
  })

  it('is widened by no administrator whose own it is, and by another one is', async () => {
    const root = await sessionOf(someone(), ['admins'])
    const other = await sessionOf(someone(), ['admins'])
    const granted = (await grant(root.username, other, scopes('read:tap'))) as CreatedToken
    const before = await rows()
    const widen = (editor: TokenRecord) =>
      editUserToken(postern.context, {
        username: root.username,
        key: granted.record.key,
        become: (token) => ({ name: token.name ?? '', scopes: scopes('exec:admin') }),
        rule: adminEdit(postern.context, editor),
        actor: actorOf(editor.username),
      })
    expect(await widen(root)).toMatchObject({ code: 'permission_denied' })
    expect(await rows()).toEqual(before)
    expect(await widen(other)).toMatchObject({ scopes: ['exec:admin'] })
  })
})

describe('S7: an administrator’s token', () => {
  it('that ends makes and edits none that lasts longer, for anybody', async () => {
    const root = await sessionOf(someone(), ['admins'])
    const expires = postern.now() + 1000
    const brief = await made(root, 'brief', { expires, scopes: scopes('admin:token') })
    const bot = { username: `bot-${someone()}`, type: 'service' as const, scopes: scopes('read:tap') }
    const maker = { ...actorOf(root.username), maker: brief.record }
    const before = await rows()
    const late = await createTokenForUser(postern.context, { ...bot, expires: expires + 1 }, maker)
    expect(late).toMatchObject({ code: 'invalid_expires' })
    const ada = await sessionOf(someone())
    expect(await rows()).toEqual(before)
    const token = await made(ada, 'hers', { expires: postern.now() + 600 })
    const edited = await editUserToken(postern.context, {
      username: ada.username,
      key: token.record.key,
      become: ({ scopes: same, name = '' }) => ({ name, scopes: same }),
      rule: adminEdit(postern.context, brief.record),
      actor: actorOf(root.username),
    })
    expect(edited).toMatchObject({ code: 'invalid_expires' })
    expect((await recordOf(token.token)).expires).toBe(token.record.expires)
    const service = (await createTokenForUser(postern.context, bot, maker)) as CreatedToken
    expect(service.record).toMatchObject({ expires, makers: [brief.record.key], granted: true })
  })
})
