import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Refusal } from '../../server/core/access/refusal.js'
import type { Scope } from '../../server/core/token/scope.js'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { listTokenHistory } from '../../server/storage/postgres/token-history.js'
import { listUserTokens } from '../../server/storage/postgres/tokens.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { createTokenForUser } from '../../server/tokens/create-for-user.js'
import { createUserToken } from '../../server/tokens/create-user-token.js'
import { adminEdit, editUserToken } from '../../server/tokens/edit.js'
import { getToken, listTokens } from '../../server/tokens/list.js'
import { sweepIdle } from '../../server/tokens/sweep-idle.js'
import { USAGE_WRITE_LAG } from '../../server/tokens/usage-recorder.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

const DAY = 86_400
const TAP = ['read:tap'] as Scope[]

let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  const tokenPolicy = { user: { maximum: '60d', idle: '10d', spread: '1h' }, service: { maximum: '1d' } }
  postern = await startPostern({ settings: { tokenPolicy, tokenLifetime: '60d' } })
})
afterAll(() => postern.stop())

const someone = () => `user-${++nextUser}`
const lives = async (token: Token) => (await authenticate(postern.context, token)) !== undefined

async function use(token: Token): Promise<void> {
  const record = await authenticate(postern.context, token)
  if (!record) throw new Error('The token is over')
  postern.context.usage.record(record, postern.now(), '192.0.2.7', 'test')
  await postern.context.usage.flush(postern.context)
}

describe('the longest that a token may live', () => {
  it('is what one gets who names no end, a little less by chance', async () => {
    const ends = new Set<number>()
    for (let count = 0; count < 8; count++) {
      const token = parseToken(await postern.token(someone())) as Token
      const record = await authenticate(postern.context, token)
      const left = (record?.expires ?? 0) - (record?.created ?? 0)
      expect(left).toBeLessThanOrEqual(60 * DAY)
      expect(left).toBeGreaterThan(60 * DAY - 3600)
      ends.add(left)
    }
    expect(ends.size).toBeGreaterThan(1)
  })

  it('is refused to be passed: by its owner, by an administrator, by an edit', async () => {
    const ada = someone()
    const token = parseToken(await postern.token(ada)) as Token
    const beyond = postern.now() + 60 * DAY + 60
    const owner = await authenticate(postern.context, token)
    if (!owner) throw new Error('The token is over')
    const creator = { ...owner, scopes: [...TAP, 'user:token' as Scope] }
    const wish = { name: 'late', scopes: TAP, expires: beyond }
    expect(await createUserToken(postern.context, creator, wish, { username: ada })).toMatchObject({
      code: 'invalid_expires',
      message: 'Token may last 60 days at most',
    })
    const wanted = { username: 'bot-late', type: 'service' as const, scopes: TAP, expires: postern.now() + 2 * DAY }
    expect(await createTokenForUser(postern.context, wanted, { username: 'root' })).toMatchObject({
      code: 'invalid_expires',
    })
    const before = await postern.context.postgres.prisma.token.findUnique({ where: { key: token.key } })
    for (const edit of [
      { name: 'x', scopes: TAP },
      { name: 'x', scopes: TAP, expires: beyond },
    ]) {
      const rule = adminEdit(postern.context, { ...creator, type: 'session' })
      const change = { username: ada, key: token.key, become: () => edit, rule, actor: { username: 'root' } }
      const outcome = await editUserToken(postern.context, change)
      expect(outcome).toBeInstanceOf(Refusal)
    }
    expect(await postern.context.postgres.prisma.token.findUnique({ where: { key: token.key } })).toEqual(before)
    expect(await postern.context.postgres.prisma.token.count({ where: { name: 'late' } })).toBe(0)
  })
})

describe('120 days of a token', () => {
  it('that is used every nine days end on the sixtieth, whatever happens', async () => {
    const token = parseToken(await postern.token(someone())) as Token
    const record = await authenticate(postern.context, token)
    const end = record?.expires ?? 0
    while (postern.now() + 9 * DAY < end) {
      postern.advance(9 * DAY)
      expect(await lives(token)).toBe(true)
      await use(token)
    }
    postern.advance(end - postern.now() - 60)
    expect(await lives(token)).toBe(true)
    postern.advance(60)
    expect(await lives(token)).toBe(false)
    for (let day = 0; day < 60; day += 10) {
      postern.advance(10 * DAY)
      expect(await lives(token)).toBe(false)
    }
  })

  it('that is used at random end ten days after the last use: never early, and late by no more than a use takes to be written', async () => {
    const token = parseToken(await postern.token(someone(), { expires: postern.now() + 60 * DAY })) as Token
    let last = postern.now()
    for (const hours of [1, 5, 100, 239, 0.5, 17, 200]) {
      postern.advance(hours * 3600)
      await use(token)
      last = postern.now()
    }
    postern.advance(last + 10 * DAY - postern.now())
    expect(await lives(token)).toBe(true)
    postern.advance(USAGE_WRITE_LAG)
    expect(await lives(token)).toBe(false)
  })

  it('that only works through what was delegated from it end ten days after the last of that', async () => {
    const ada = someone()
    const text = await postern.token(ada, { scopes: ['read:tap'] })
    const token = parseToken(text) as Token
    const check = (credential: string, query: string) =>
      request(postern.server)
        .get(`/ingress/auth?${query}`)
        .set({ ...ASKED, Authorization: `Bearer ${credential}` })
    const { headers } = await check(text, 'delegate_to=tap&delegate_scope=read:tap')
    const delegated = String(headers['x-auth-request-token'])
    for (let times = 0; times < 2; times++) {
      await postern.context.usage.flush(postern.context)
      postern.advance(9 * DAY)
      await sweepIdle(postern.context)
      expect((await check(delegated, 'scope=read:tap')).status).toBe(200)
    }
    await postern.context.usage.flush(postern.context)
    const [listed] = await listUserTokens(postern.context.postgres, ada)
    expect(listed?.lastUsed?.at).toBeLessThan(postern.now() - 17 * DAY)
    postern.advance(10 * DAY - 60)
    expect(await lives(token)).toBe(true)
    postern.advance(60 + USAGE_WRITE_LAG)
    expect(await lives(token)).toBe(false)
  })

  it('that was not used is swept up with a line in its history, and its name is free again', async () => {
    const ada = someone()
    const token = parseToken(await postern.token(ada, { name: 'topcat' })) as Token
    const used = parseToken(await postern.token(ada, { name: 'used' })) as Token
    postern.advance(6 * DAY)
    await use(used)
    postern.advance(5 * DAY)
    expect((await listTokens(postern.context, ada)).map(({ key }) => key)).toEqual([used.key])
    expect(await getToken(postern.context, ada, token.key)).toBeUndefined()
    expect(await sweepIdle(postern.context)).toBeGreaterThan(0)
    const [last] = await listTokenHistory(postern.context.postgres.prisma, ada, token.key)
    expect(last).toMatchObject({ action: 'expire', actor: '<internal>', tokenName: 'topcat' })
    expect(await lives(used)).toBe(true)
    await postern.token(ada, { name: 'topcat' })
  })
})
