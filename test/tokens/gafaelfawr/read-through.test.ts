import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { DAY, HOUR } from '../../../server/core/time.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import { eventually } from '../../support/eventually.js'
import { type GafaelfawrStoresOfTest, startGafaelfawrStores } from '../../support/gafaelfawr/stores.js'
import { type GafaelfawrValue, gafaelfawrValue, tokenText } from '../../support/gafaelfawr/values.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { describeWith } from '../../support/run/requires.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'

let gafaelfawr: GafaelfawrStoresOfTest
/** Two processes of one site. */
let postern: RunningPostern
let other: RunningPostern

beforeAll(async () => {
  gafaelfawr = await startGafaelfawrStores()
  const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis() }
  const options = { ...stores, secret: 's'.repeat(32), settings: { gafaelfawr: gafaelfawr.settings } }
  postern = await startPostern(options)
  other = await startPostern(options)
})
afterAll(async () => {
  await Promise.all([postern.stop(), other.stop()])
  await gafaelfawr.stop()
})

const value = (fields: Partial<GafaelfawrValue> = {}) =>
  gafaelfawrValue({ created: postern.now() - 2 * DAY, expires: postern.now() + DAY, ...fields })

const keyOf = ({ token }: GafaelfawrValue) => token.key as TokenKey

/** A user token of Gafaelfawr's that nothing has seen here yet. */
async function stored(fields: Partial<GafaelfawrValue> = {}, more: { parent?: GafaelfawrValue; name?: string } = {}) {
  const made = value(fields)
  await gafaelfawr.put({ value: made, ...more })
  return made
}

async function check(token: string | GafaelfawrValue, query = '', at = postern): Promise<number> {
  const text = typeof token === 'string' ? token : tokenText(token)
  const response = await fetch(`${at.url}/ingress/auth?${query}`, {
    headers: { ...ASKED, Authorization: `Bearer ${text}` },
  })
  await response.body?.cancel()
  return response.status
}

const part = () => randomBytes(16).toString('base64url')
const invented = () => `gt-${part().slice(0, -1)}A.${part()}`

/** How often Gafaelfawr's Redis was asked for values so far. */
const lookups = () => gafaelfawr.sent().split(/\r\nmget\r\n/i).length - 1

describeWith(['cryptography'], 'a token of the Gafaelfawr before', () => {
  it.each([
    ['session', {}],
    ['user', {}],
    ['user', { expires: null }],
    ['service', { username: 'bot-mover', expires: null }],
    ['notebook', {}],
    ['internal', { service: 'portal' }],
    ['oidc', { scopes: [] }],
  ] as const)('is admitted at its first use: %s %j', async (token_type, fields) => {
    const token = await stored({ token_type, ...fields })
    expect(await check(token)).toBe(200)
    const found = await postern.context.tokenCache.resolve(keyOf(token), async () => undefined)
    expect(found?.record).toMatchObject({ type: token_type, username: token.username, scopes: token.scopes })
  })

  it('has its name, and is asked for there once', async () => {
    const token = await stored({}, { name: 'laptop' })
    expect(await check(token)).toBe(200)
    const before = lookups()
    for (const at of [postern, other, postern, other]) {
      at.context.tokenCache.invalidateAll()
      expect(await check(token, '', at)).toBe(200)
    }
    expect(lookups()).toBe(before)
    const response = await fetch(`${postern.url}/auth/api/v1/token-info`, {
      headers: { Authorization: `Bearer ${tokenText(token)}` },
    })
    expect(await response.json()).toMatchObject({ token_name: 'laptop', token_type: 'user' })
  })

  it('is refused with another secret, and admitted with its own after that', async () => {
    const token = await stored()
    expect(await check(`gt-${keyOf(token)}.${part()}`)).toBe(401)
    expect(await check(token)).toBe(200)
  })

  it('is refused when it has ended, or is the value of another key', async () => {
    const [ended, moved] = [value({ expires: postern.now() - 1 }), await stored()]
    await gafaelfawr.put({ value: { ...ended, expires: null } })
    await gafaelfawr.redis.set(`token:${keyOf(ended)}`, (await gafaelfawr.redis.get(`token:${keyOf(moved)}`)) ?? '')
    expect(await check(ended)).toBe(401)
    expect(await check(moved)).toBe(200)
  })

  it('stays revoked here, although its value is still there', async () => {
    const token = await stored()
    expect([await check(token), await check(token, '', other)]).toEqual([200, 200])
    await postern.revoke(tokenText(token))
    for (const at of [postern, other]) {
      await at.listFormerTokens()
      await at.context.unsealedKeys.refresh()
      at.context.tokenCache.invalidateAll()
      expect(await check(token, '', at)).toBe(401)
    }
    expect(await gafaelfawr.redis.exists(`token:${keyOf(token)}`)).toBe(1)
  })

  it('ends with the token that it was made from, which comes with it', async () => {
    const session = await stored({ token_type: 'session' })
    const notebook = await stored({ token_type: 'notebook' }, { parent: session })
    const internal = await stored({ token_type: 'internal', service: 'portal' }, { parent: notebook })
    expect(await check(internal, 'only_service=portal')).toBe(200)
    expect(await check(internal, 'only_service=tap')).toBe(403)
    expect([await check(notebook), await check(session)]).toEqual([200, 200])
    await postern.revoke(tokenText(session))
    expect([await check(notebook), await check(internal), await check(session)]).toEqual([401, 401, 401])
  })

  it('is refused when the token that it was made from was revoked here before its first use', async () => {
    const session = await stored({ token_type: 'session' })
    const notebook = await stored({ token_type: 'notebook' }, { parent: session })
    expect(await check(session)).toBe(200)
    await postern.revoke(tokenText(session))
    expect(await check(notebook)).toBe(401)
  })
})

describeWith(['cryptography'], 'a flood of invented tokens', () => {
  const inventedKey = () => invented().slice(3, 25) as TokenKey

  /** Lets as many invented keys wait for their lookup in a process as it takes. */
  async function fillQueue({ context: { unsealedKeys } }: RunningPostern) {
    expect(await unsealedKeys.exists(inventedKey())).toBe(false)
    // Those that follow wait for the next second.
    return { over: Promise.all(Array.from({ length: 200 }, () => unsealedKeys.exists(inventedKey()))) }
  }

  it('costs Gafaelfawr’s Redis a command a second, and no token waits for it that is listed there', async () => {
    const token = await stored()
    await other.listFormerTokens()
    const queue = await fillQueue(other)
    const before = lookups()
    expect(await Promise.all([check(invented(), '', other), check(token, '', other)])).toEqual([503, 200])
    expect(new Set(await queue.over)).toEqual(new Set([false]))
    expect(lookups()).toBe(before + 2)
  })

  it('keeps no token waiting that another process took over, and that none had listed', async () => {
    const token = await stored()
    expect(await check(token)).toBe(200)
    const queue = await fillQueue(other)
    expect(await Promise.all([check(invented(), '', other), check(token, '', other)])).toEqual([503, 200])
    await queue.over
  })
})

describeWith(['cryptography'], 'while Gafaelfawr’s stores do not answer', () => {
  afterEach(async () => {
    await Promise.all([gafaelfawr.redisRelay.mend(), gafaelfawr.databaseRelay.mend()])
    await eventually(() => postern.listFormerTokens())
  })
  const dead = () => value({ expires: postern.now() - HOUR })

  it('known tokens are admitted, living ones are not refused, and dead ones are, by what its database has', async () => {
    const [known, listed] = [await stored(), await stored()]
    await postern.listFormerTokens()
    const [unlisted, ended] = [await stored(), dead()]
    await gafaelfawr.put({ value: ended })
    expect(await check(known)).toBe(200)
    await gafaelfawr.redisRelay.cut()
    expect([await check(listed), await check(unlisted)]).toEqual([503, 503])
    expect([await check(ended), await check(invented()), await check(known)]).toEqual([401, 401, 200])
    await gafaelfawr.databaseRelay.cut()
    // It may be one of the last minute's.
    expect([await check(listed), await check(invented())]).toEqual([503, 503])
    postern.context.tokenCache.invalidateAll()
    expect(await check(known)).toBe(200)
    await Promise.all([gafaelfawr.redisRelay.mend(), gafaelfawr.databaseRelay.mend()])
    await eventually(async () => expect(await check(listed)).toBe(200))
    expect(await check(unlisted)).toBe(200)
    expect(await check(ended)).toBe(401)
  })

  it('no token comes without its parent', async () => {
    const session = await stored({ token_type: 'session' })
    const notebook = await stored({ token_type: 'notebook' }, { parent: session })
    await gafaelfawr.databaseRelay.cut()
    expect(await check(notebook)).toBe(503)
    await gafaelfawr.databaseRelay.mend()
    await eventually(async () => expect(await check(notebook)).toBe(200))
    await postern.revoke(tokenText(session))
    expect(await check(notebook)).toBe(401)
  })
})
