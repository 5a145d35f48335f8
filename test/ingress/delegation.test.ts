import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import request from 'supertest'
import type { Scope } from '../../server/core/token/scope.js'
import { Secret } from '../../server/core/token/secret.js'
import { parseToken, type Token, type TokenKey } from '../../server/core/token/token.js'
import { deriveKeys } from '../../server/settings/keys.js'
import { listTokenHistory } from '../../server/storage/postgres/token-history.js'
import { editUserToken, ownerEdit } from '../../server/tokens/edit.js'
import { kept } from '../support/clients/kept.js'
import { byEachParser } from '../support/parsers.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

byEachParser((checkParser) => {
  let postern: RunningPostern
  let replica: RunningPostern

  beforeAll(async () => {
    const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis() }
    const secret = 'one secret for all the replicas of a site'
    postern = await startPostern({ ...stores, secret, settings: { checkParser } })
    replica = await startPostern({ ...stores, secret, settings: { checkParser } })
  })
  afterAll(async () => {
    await replica.stop()
    await postern.stop()
  })

  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
  const ask = (query: string, token: string, where = postern) =>
    kept(where.server)
      .get(`/ingress/auth?${query}`)
      .set({ ...ASKED, ...bearer(token) })
  const delegated = async (query: string, token: string, where = postern) => {
    const { status, headers } = await ask(query, token, where)
    // On a machine that is too busy for a transaction the answer is 503, and that is no second token.
    expect(status).toBe(200)
    return String(headers['x-auth-request-token'])
  }
  const info = async (token: string) =>
    (await request(postern.server).get('/auth/api/v1/token-info').set(bearer(token))).body
  const historyOf = (username: string, token: string) =>
    listTokenHistory(postern.context.postgres.prisma, username, (parseToken(token) as Token).key)

  describe('a delegated token', () => {
    it('acts for its user, within what was asked for and what the user may', async () => {
      const parent = await postern.token('ada', { scopes: ['read:tap', 'read:image'] })
      const child = await delegated('delegate_to=tap&delegate_scope=read:tap&delegate_scope=exec:portal', parent)
      expect(await info(child)).toMatchObject({
        username: 'ada',
        token_type: 'internal',
        service: 'tap',
        scopes: ['read:tap'],
        parent: parent.slice(3, 25),
      })
      const passed = await ask('scope=read:tap', child)
      expect(passed.headers).toMatchObject({ 'x-auth-request-user': 'ada', 'x-auth-request-service': 'tap' })
      expect((await ask('scope=read:image', child)).status).toBe(403)
    })

    it('for a notebook may do all that its parent may', async () => {
      const session = await postern.session('ada')
      const child = await delegated('notebook=true', session)
      const { scopes } = await info(session)
      expect(await info(child)).toMatchObject({ token_type: 'notebook', scopes })
    })

    it('is the same for a hundred who ask at once, of two replicas, and its making is in the history once', async () => {
      const parent = await postern.token('ada')
      const asks = Array.from({ length: 100 }, (_, index) =>
        delegated('delegate_to=tap', parent, index % 2 ? postern : replica),
      )
      const tokens = new Set(await Promise.all(asks))
      expect(tokens.size).toBe(1)
      const [child = ''] = tokens
      expect(await historyOf('ada', child)).toEqual([
        expect.objectContaining({
          action: 'create',
          tokenType: 'internal',
          service: 'tap',
          parent: parent.slice(3, 25),
        }),
      ])
    })

    it('is stored by one statement for a hundred who ask at once: the others take no connection, and all are admitted', async () => {
      const parent = await postern.token('ada')
      const writes = jest.spyOn(postern.context.postgres, 'write')
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask('delegate_to=burst', parent)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(new Set(answers.map(({ headers }) => headers['x-auth-request-token'])).size).toBe(1)
      expect(writes).toHaveBeenCalledTimes(1)
      writes.mockRestore()
    })

    it('differs for another service, other scopes, another parent and a notebook', async () => {
      const [one, two] = [await postern.token('ada'), await postern.token('ada')]
      const tokens = await Promise.all([
        delegated('delegate_to=tap', one),
        delegated('delegate_to=tap', two),
        delegated('delegate_to=portal', one),
        delegated('delegate_to=tap&delegate_scope=read:tap', one),
        delegated('notebook=true', one),
      ])
      expect(new Set(tokens).size).toBe(5)
    })

    it('falls with any of its ancestors, at once', async () => {
      const session = await postern.session('falling')
      const notebook = await delegated('notebook=true', session)
      const internal = await delegated('delegate_to=tap&delegate_scope=read:tap', notebook)
      expect((await ask('scope=read:tap', internal)).status).toBe(200)
      await postern.revoke(session)
      for (const token of [session, notebook, internal]) expect((await ask('', token)).status).toBe(401)
    })

    it('ends by itself without its parent, and is not handed out again, even after Redis has lost everything', async () => {
      const parent = await postern.token('ada')
      const first = await delegated('delegate_to=tap', parent)
      await postern.revoke(first)
      expect((await ask('', first)).status).toBe(401)
      const second = await delegated('delegate_to=tap', parent)
      expect(second).not.toBe(first)
      expect((await ask('', second)).status).toBe(200)
      await postern.context.redis.flushdb()
      expect(await delegated('delegate_to=tap', parent)).toBe(second)
      expect((await ask('', first)).status).toBe(401)
    })

    it('S10: costs one look-up in Redis, however many were revoked by themselves before it', async () => {
      const parent = await postern.token('revoker')
      // Those of this replica alone: other tests ask the same server.
      const sent = jest.spyOn(replica.context.redis, 'sendCommand')
      const lookUps = () => sent.mock.calls.filter(([{ name }]) => name === 'mget').length
      for (let count = 0; count < 30; count++) await postern.revoke(await delegated('delegate_to=tap', parent))
      const child = await delegated('delegate_to=tap', parent)
      // A replica that knows nothing of them, and then one that has the token in its cache.
      expect(await delegated('delegate_to=tap', parent, replica)).toBe(child)
      const first = lookUps()
      expect(first).toBeLessThanOrEqual(3)
      expect(await delegated('delegate_to=tap&minimum_lifetime=600', parent, replica)).toBe(child)
      expect(lookUps() - first).toBeLessThanOrEqual(1)
      sent.mockRestore()
    })

    it('has no longer to live than its parent, and is refused when that is too short', async () => {
      const expires = postern.now() + 1000
      const parent = await postern.token('brief', { expires })
      expect((await info(await delegated('delegate_to=tap', parent))).expires).toBe(expires)
      const refused = await ask('delegate_to=tap&minimum_lifetime=1200', parent)
      expect(refused.status).toBe(401)
      expect(refused.headers['www-authenticate']).toContain('error_description="Remaining token lifetime too short"')
      expect(refused.headers['x-error-status']).toBeUndefined()
    })

    it('is made anew when too little is left of it', async () => {
      const parent = await postern.token('ada')
      const first = await delegated('delegate_to=tap', parent)
      const { expires } = await info(first)
      const ahead = expires - postern.now() - 200
      postern.advance(ahead)
      const second = await delegated('delegate_to=tap', parent)
      expect(second).not.toBe(first)
      expect((await info(second)).expires - postern.now()).toBeGreaterThanOrEqual(15 * 86_400)
      postern.advance(-ahead)
    })

    it('may do less from the moment that its parent may', async () => {
      const parent = await postern.token('narrow', { name: 'wide', scopes: ['read:tap', 'read:image'] })
      const child = await delegated('delegate_to=tap&delegate_scope=read:tap&delegate_scope=read:image', parent)
      expect((await ask('scope=read:image', child)).status).toBe(200)
      const become = () => ({ name: 'wide', scopes: ['read:tap'] as Scope[] })
      const key = parent.slice(3, 25) as TokenKey
      await editUserToken(postern.context, {
        username: 'narrow',
        key,
        become,
        rule: ownerEdit,
        actor: { username: 'narrow' },
      })
      expect((await ask('scope=read:image', child)).status).toBe(403)
      expect((await ask('scope=read:tap', child)).status).toBe(200)
      expect(await delegated('delegate_to=tap&delegate_scope=read:tap&delegate_scope=read:image', parent)).not.toBe(
        child,
      )
    })

    it('goes into Authorization where the location says so, and nothing of the client’s does', async () => {
      const parent = await postern.token('ada')
      const response = await ask('delegate_to=tap&use_authorization=true', parent)
      expect(response.headers.authorization).toBe(`Bearer ${response.headers['x-auth-request-token']}`)
    })

    it('is not made anew again and again for those who need nearly all of its lifetime', async () => {
      const parent = await postern.token('ada')
      const made = new Set<string>()
      for (let step = 0; step < 24; step++) {
        made.add(await delegated(`delegate_to=long&minimum_lifetime=${29 * 86_400}`, parent))
        postern.advance(300)
      }
      postern.advance(-24 * 300)
      expect(made.size).toBeLessThanOrEqual(2)
    })

    it('cannot be delegated on for ever', async () => {
      let token = await postern.token('deep')
      let depth = 0
      for (; depth < 20; depth++) {
        const response = await ask('delegate_to=tap', token)
        if (response.status !== 200) break
        token = String(response.headers['x-auth-request-token'])
        expect((await ask('', token)).status).toBe(200)
      }
      expect(depth).toBe(8)
    })

    it('of a name that only a token for it may use is let in there, and no other token is', async () => {
      const parent = await postern.token('ada')
      const child = await delegated('delegate_to=tap', parent)
      expect((await ask('only_service=tap&only_service=portal', child)).status).toBe(200)
      expect((await ask('only_service=portal', child)).status).toBe(403)
      const refused = await ask('only_service=tap', parent)
      expect(refused.status).toBe(403)
      expect(refused.headers['www-authenticate']).toMatch(/error_description="Access not allowed for this user"$/)
    })
  })

  describe('keys that were rotated', () => {
    it('keep every delegated token that was handed out alive', async () => {
      const parent = await postern.token('ada')
      const child = await delegated('delegate_to=rotated', parent)
      const { keys } = postern.context
      const rotated = deriveKeys([new Secret('a new secret that is put in front of the old one')])
      Object.assign(keys, { delegation: [...rotated.delegation, ...keys.delegation] })
      expect((await ask('', child)).status).toBe(200)
      expect(await delegated('delegate_to=rotated', parent)).not.toBe(child)
    })
  })
})
