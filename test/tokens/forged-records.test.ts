import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../server/core/token/secret.js'
import { formatToken, hashSecret, mintToken, type TokenKey } from '../../server/core/token/token.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const at = (key: string) => `postern:token:{${key}}`
const keyOf = (token: string) => token.slice(3, 25)
const secretOf = (token: string) => new Secret(token.slice(26))

async function checkOf(token: string, { url } = postern): Promise<number> {
  const response = await fetch(`${url}/ingress/auth`, { headers: { ...ASKED, Authorization: `Bearer ${token}` } })
  await response.body?.cancel()
  return response.status
}

/** Writes what a writer of Redis would, to be an administrator. */
function forge(key: TokenKey | string, secret: Secret, more: object = {}) {
  const now = postern.now()
  const record = { type: 'session', username: 'mallory', scopes: ['admin:token', 'user:token'], created: now, ...more }
  const text = JSON.stringify({ ...record, expires: now + 3600, secretHash: hashSecret(secret).toString('base64url') })
  return postern.context.redis.set(at(key), text)
}

async function createToken(token: string): Promise<Response> {
  const body = { username: 'mallory', token_type: 'user', token_name: 'for ever', scopes: ['admin:token'] }
  return fetch(`${postern.url}/auth/api/v1/tokens`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
}

describe('S14: a writer of Redis', () => {
  const secret = () => new Secret(randomBytes(16).toString('base64url'))

  it.each([
    ['a key of their own', () => 'FORGEDFORGEDFORGEDFORB'],
    // A writer of Redis reads it, too, and so knows keys that were issued here.
    ['a key that was issued here', () => mintToken('redis', randomBytes, postern.context.keys.tokenKeys[0]).key],
  ])('makes no administrator of %s, and no token with it', async (_what, keyOfForger) => {
    const [key, own] = [keyOfForger(), secret()]
    await forge(key, own)
    const token = `gt-${key}.${own.reveal()}`
    expect(await checkOf(token)).toBe(401)
    const info = await fetch(`${postern.url}/auth/api/v1/token-info`, { headers: { Authorization: `Bearer ${token}` } })
    expect(info.status).toBe(401)
    expect((await createToken(token)).status).toBe(401)
    expect(await postern.context.postgres.prisma.token.count()).toBe(0)
  })

  it('widens no session, and gives none to another user', async () => {
    const session = await postern.session('ada')
    const stored = (await postern.context.redis.get(at(keyOf(session)))) ?? ''
    for (const changed of [stored.replace('"user:token"', '"admin:token"'), stored.replace('"ada"', '"root1"')]) {
      expect(changed).not.toBe(stored)
      await postern.context.redis.set(at(keyOf(session)), changed)
      postern.context.tokenCache.invalidate([keyOf(session) as TokenKey])
      expect(await checkOf(session)).toBe(401)
    }
  })

  it('makes no child of a token of another user', async () => {
    const own = secret()
    const { key } = mintToken('redis', randomBytes, postern.context.keys.tokenKeys[0])
    const parent = keyOf(await postern.token('grace'))
    await forge(key, own, { type: 'internal', username: 'grace', scopes: ['read:tap'], parent, depth: 1 })
    expect(await checkOf(`gt-${key}.${own.reveal()}`)).toBe(401)
  })

  it('moves no session to another key', async () => {
    const session = await postern.session('ada')
    const { key } = mintToken('redis', randomBytes, postern.context.keys.tokenKeys[0])
    await postern.context.redis.set(at(key), (await postern.context.redis.get(at(keyOf(session)))) ?? '')
    expect(await checkOf(formatToken({ key, secret: secretOf(session) }))).toBe(401)
    expect(await checkOf(session)).toBe(200)
  })
})

describe('sessions and delegated tokens', () => {
  async function tokensOf({ url, session }: RunningPostern): Promise<readonly string[]> {
    const own = await session('ada')
    const headers = { ...ASKED, Authorization: `Bearer ${own}` }
    const response = await fetch(`${url}/ingress/auth?notebook=true`, { headers })
    await response.body?.cancel()
    return [own, response.headers.get('x-auth-request-token') ?? '']
  }

  it('stay valid while the master secret is rotated, and are refused once it is gone', async () => {
    const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis() }
    const [old, next] = ['the secret of before, which is replaced', 'the secret that comes after that one']
    const before = await startPostern({ ...stores, secret: old })
    const tokens = await tokensOf(before)
    await before.stop()
    const rotated = await startPostern({ ...stores, secret: [next, old] })
    for (const token of tokens) expect(await checkOf(token, rotated)).toBe(200)
    await rotated.stop()
    const after = await startPostern({ ...stores, secret: next })
    for (const token of tokens) expect(await checkOf(token, after)).toBe(401)
    await after.stop()
  })

  it('of a release without the MAC are refused; a new token is delegated at once', async () => {
    const token = await postern.token('ada')
    const delegated = async () => {
      const headers = { ...ASKED, Authorization: `Bearer ${token}` }
      const response = await fetch(`${postern.url}/ingress/auth?notebook=true`, { headers })
      await response.body?.cancel()
      return response.headers.get('x-auth-request-token') ?? ''
    }
    const first = await delegated()
    const key = keyOf(first)
    const stored = (await postern.context.redis.get(at(key))) ?? ''
    await postern.context.redis.set(at(key), stored.replace(/"mac":"[^"]*",/, ''))
    postern.context.tokenCache.invalidate([key as TokenKey])
    expect(await checkOf(first)).toBe(401)
    const second = await delegated()
    expect(second).not.toBe(first)
    expect(await checkOf(second)).toBe(200)
  })
})
