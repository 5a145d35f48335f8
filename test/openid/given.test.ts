import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as oidc from 'openid-client'
import request from 'supertest'
import { Refusal } from '../../server/core/access/refusal.js'
import { changeClient, removeClient, rotateSecret } from '../../server/openid/clients.js'
import { findClient } from '../../server/storage/postgres/openid/clients.js'
import { about } from '../support/about.js'
import { signedIn, Visitor } from '../support/clients/visitor.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'
import { CALLBACK, type RelyingParty, register, sentTo, signInTo, startProvider } from './support/relying-party.js'
import { redeemable } from './support/token-requests.js'

const SECRET = 'the master secret of both processes of this site'
const OFFLINE = { scope: 'openid offline_access' }
let postern: RunningPostern
/** Another process of the same site. */
let other: RunningPostern

beforeAll(async () => {
  const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis(), secret: SECRET }
  postern = await startProvider(stores)
  other = await startPostern({ ...stores, loaded: postern.context.settings })
})
afterAll(async () => {
  await other.stop()
  await postern.stop()
})

const root = { username: 'root' }

/** A request at the token endpoint, of one of the processes. */
function ask(party: RelyingParty, fields: Record<string, string>, { server } = postern, secret = party.secret) {
  return request(server).post('/auth/openid/token').auth(party.id, secret).type('form').send(fields)
}

/** Whether a token is valid in both processes: 200 or 401 of each. */
async function statuses(token: string): Promise<number[]> {
  const asked = [postern, other].map(({ server }) =>
    request(server).get('/auth/openid/userinfo').set('Authorization', `Bearer ${token}`),
  )
  return (await Promise.all(asked)).map(({ status }) => status)
}

const refresh = (party: RelyingParty, refresh_token: unknown, at = postern) =>
  ask(party, { grant_type: 'refresh_token', refresh_token: String(refresh_token) }, at)

describe('a code', () => {
  it('of two requests at once, in two processes, is worth one answer', async () => {
    const party = await register(postern)
    const fields = await redeemable(party, await signedIn(postern, 'ada'))
    // Both have found it unused before either uses it.
    const held: (() => void)[] = []
    const processes = [postern, other]
    const { redis: first } = postern.context
    const { redis: second } = other.context
    const originals = [first.eval.bind(first), second.eval.bind(second)]
    processes.forEach(({ context }, index) => {
      Object.assign(context.redis, {
        eval: async (...words: Parameters<typeof first.eval>) => {
          if (String(words[2]).startsWith('postern:openid:')) {
            await new Promise<void>((resolve) => {
              held.push(resolve)
              if (held.length === processes.length) for (const go of held) go()
            })
          }
          return originals[index]?.(...words)
        },
      })
    })
    const answers = await Promise.all(processes.map((each) => ask(party, fields, each)))
    Object.assign(first, { eval: originals[0] })
    Object.assign(second, { eval: originals[1] })
    expect(held).toHaveLength(2)
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    const won = answers.find(({ status }) => status === 200)
    expect(answers.find(({ status }) => status === 400)?.body.error).toBe('invalid_grant')
    expect(await statuses(won?.body.access_token)).toEqual([200, 200])
  })

  it('that is shown again while its tokens are being made, gives none that lasts', async () => {
    const party = await register(postern)
    const fields = await redeemable(party, await signedIn(postern, 'ada'))
    const { transaction } = postern.context.postgres
    let replayed: request.Response | undefined
    Object.assign(postern.context.postgres, {
      transaction: async (work: Parameters<typeof transaction>[0]) => {
        Object.assign(postern.context.postgres, { transaction })
        replayed = await ask(party, fields, other)
        return transaction(work)
      },
    })
    const answer = await ask(party, fields)
    Object.assign(postern.context.postgres, { transaction })
    expect([answer.status, answer.body.error, answer.body.access_token]).toEqual([400, 'invalid_grant', undefined])
    expect([replayed?.status, replayed?.body.error]).toEqual([400, 'invalid_grant'])
    const listed = await other.context.postgres.pool.query(
      `SELECT token FROM token_change WHERE service = $1 AND action = 'create'
       AND token NOT IN (SELECT key FROM token_revocation)`,
      [party.id],
    )
    expect(listed.rows).toEqual([])
  })

  it.each<
    [
      string,
      (given: { party: RelyingParty; fields: Record<string, string>; visitor: Visitor }) => Promise<request.Response>,
      number,
      string,
    ]
  >([
    ['of another client', async ({ fields }) => ask(await register(postern), fields), 400, 'invalid_grant'],
    [
      'with another verifier',
      ({ party, fields }) => ask(party, { ...fields, code_verifier: 'x'.repeat(43) }),
      400,
      'invalid_grant',
    ],
    [
      'without its verifier',
      ({ party, fields: { code_verifier: _none, ...rest } }) => ask(party, rest),
      400,
      'invalid_grant',
    ],
    [
      'with another address',
      ({ party, fields }) => ask(party, { ...fields, redirect_uri: `${CALLBACK}?x` }),
      400,
      'invalid_grant',
    ],
    ['that is made up', ({ party, fields }) => ask(party, { ...fields, code: 'x'.repeat(43) }), 400, 'invalid_grant'],
    [
      'cut short',
      ({ party, fields }) => ask(party, { ...fields, code: String(fields.code).slice(1) }),
      400,
      'invalid_grant',
    ],
    ['with a wrong secret', ({ party, fields }) => ask(party, fields, postern, 'wrong'), 401, 'invalid_client'],
    [
      'with the placeholder of no secret',
      ({ party, fields }) => ask(party, fields, postern, 'undefined'),
      401,
      'invalid_client',
    ],
    ['of an unknown client', ({ party, fields }) => ask({ ...party, id: 'nobody' }, fields), 401, 'invalid_client'],
    [
      'for another grant',
      ({ party, fields }) => ask(party, { ...fields, grant_type: 'password' }),
      400,
      'unsupported_grant_type',
    ],
    [
      'once its session has ended',
      async ({ party, fields, visitor }) => {
        await visitor.get('/auth/account')
        await visitor.post('/logout')
        return ask(party, fields)
      },
      400,
      'invalid_grant',
    ],
    [
      'once its client is deleted',
      async ({ party, fields }) => {
        await removeClient(postern.context, party.id, root)
        return ask(party, fields)
      },
      401,
      'invalid_client',
    ],
  ])('%s is refused, and no token is made', async (_what, attempt, status, error) => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const fields = await redeemable(party, visitor)
    const answer = await attempt({ party, fields, visitor })
    expect([answer.status, answer.body.error]).toEqual([status, error])
    const made = await postern.context.postgres.pool.query('SELECT 1 FROM token_change WHERE service = $1', [party.id])
    expect(made.rowCount).toBe(0)
  })

  it('that a writer of Redis has changed is none', async () => {
    const party = await register(postern)
    const fields = await redeemable(party, await signedIn(postern, 'ada'), { nonce: 'the-one-of-the-client' })
    const { redis } = postern.context
    const texts = await Promise.all(
      (await redis.keys('postern:openid:*')).map(async (key) => [key, await redis.get(key)]),
    )
    const [key, text] = texts.find(([, each]) => each?.includes('the-one-of-the-client')) ?? []
    await redis.set(String(key), String(text).replace('the-one-of-the-client', 'the-one-of-a-thief'), 'KEEPTTL')
    const answer = await ask(party, fields)
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
    await redis.set(String(key), String(text), 'KEEPTTL')
    expect((await ask(party, fields)).status).toBe(200)
  })
})

describe('a client that was given another secret', () => {
  it('signs users in with either for a while', async () => {
    const party = await register(postern)
    const rotated = await rotateSecret(postern.context, party.id, 3600, root)
    if (rotated instanceof Refusal) throw new Error(rotated.message)
    const visitor = await signedIn(postern, 'ada')
    for (const secret of [party.secret, rotated.secret.reveal()]) {
      expect((await ask(party, await redeemable(party, visitor), other, secret)).status).toBe(200)
    }
    const seen = await rotateSecret(postern.context, party.id, 0, root)
    expect(seen).not.toBeInstanceOf(Refusal)
    expect((await ask(party, await redeemable(party, visitor), other)).body.error).toBe('invalid_client')
  })
})

describe('a refresh token', () => {
  it('is given to clients that ask for it, in any process, and is replaced at each use', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    expect((await signInTo(party, visitor)).refresh_token).toBeUndefined()
    const first = await signInTo(party, visitor, OFFLINE)
    const second = await oidc.refreshTokenGrant(party.config, first.refresh_token ?? '')
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await statuses(second.access_token)).toEqual([200, 200])
    const third = await refresh(party, second.refresh_token, other)
    expect([third.status, third.body.token_type]).toEqual([200, 'Bearer'])
  })

  it('that is used twice was stolen: all that came of it ends', async () => {
    const party = await register(postern)
    const first = await signInTo(party, await signedIn(postern, 'ada'), OFFLINE)
    const second = await refresh(party, first.refresh_token)
    const stolen = await refresh(party, first.refresh_token, other)
    expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant'])
    expect(await statuses(second.body.access_token)).toEqual([401, 401])
    expect((await refresh(party, second.body.refresh_token)).body.error).toBe('invalid_grant')
  })

  it('ends with the session', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const { refresh_token, access_token } = await signInTo(party, visitor, OFFLINE)
    expect(await statuses(access_token)).toEqual([200, 200])
    await visitor.get('/auth/account')
    await visitor.post('/logout')
    expect((await refresh(party, refresh_token, other)).body.error).toBe('invalid_grant')
    expect(await statuses(access_token)).toEqual([401, 401])
  })

  it('ends for a user who is not in the group of the client any more, and so does the access token', async () => {
    const party = await register(postern, { requiredGroups: ['ops'] })
    const visitor = await signedIn(postern, 'leaver', ['users', 'ops'])
    const { refresh_token, access_token } = await signInTo(party, visitor, OFFLINE)
    expect(await statuses(access_token)).toEqual([200, 200])
    const client = await findClient(postern.context.postgres.prisma, party.id)
    if (!client) throw new Error('no client')
    await changeClient(postern.context, party.id, { ...client, requiredGroups: ['admins'] }, root)
    expect((await refresh(party, refresh_token)).body.error).toBe('invalid_grant')
    expect(await statuses(access_token)).toEqual([401, 401])
  })

  it('has an access token for an hour beside it; without one it is valid as long as the session', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const [short, long] = [await signInTo(party, visitor, OFFLINE), await signInTo(party, visitor)]
    expect(short.expires_in).toEqual(about(3600))
    expect(long.expires_in).toBeGreaterThan(3600)
    const infos = await Promise.all(
      [short, long].map(({ access_token }) =>
        request(other.server).get('/auth/api/v1/token-info').set('Authorization', `Bearer ${access_token}`),
      ),
    )
    const lifetimes = infos.map(({ body: { expires, created } }) => expires - created)
    expect(lifetimes).toEqual([3600, expect.any(Number)])
    expect(lifetimes[1]).toBeGreaterThan(3600)
  })

  it('ends when the user revokes the access token that came with it', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const { refresh_token, access_token } = await signInTo(party, visitor, OFFLINE)
    const others = await signInTo(party, visitor, OFFLINE)
    await postern.revoke(access_token)
    const refused = await refresh(party, refresh_token, other)
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant'])
    expect((await refresh(party, others.refresh_token, other)).status).toBe(200)
  })

  it('of another client is refused, and stays what it was', async () => {
    const party = await register(postern)
    const { refresh_token } = await signInTo(party, await signedIn(postern, 'ada'), OFFLINE)
    expect((await refresh(await register(postern), refresh_token)).body.error).toBe('invalid_grant')
    expect((await refresh(party, refresh_token)).status).toBe(200)
  })
})

describe('a sign-in of which each step is answered by another process than the one before', () => {
  it('goes through to the end, and ends in both', async () => {
    const party = await register(postern, { isOwnSite: false })
    const [here, there] = [await signedIn(postern, 'ada'), new Visitor(other)]
    Object.assign(there.agent, { jar: here.agent.jar })
    const lasting = { scope: 'openid offline_access', prompt: 'consent' }
    const begun = await party.begin(lasting)
    const question = sentTo(await here.get(begun.path))
    expect((await there.get(question)).text).toContain('Sign in to Grafana?')
    here.csrf = there.csrf
    const resumed = new URL(sentTo(await here.post(question, { answer: 'allow' })))
    const code = new URL(sentTo(await there.get(resumed.pathname))).searchParams.get('code') ?? ''
    const { pkceCodeVerifier: code_verifier } = begun.checks
    const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier }
    const given = await ask(party, fields, postern)
    const again = await refresh(party, given.body.refresh_token, other)
    expect(await statuses(again.body.access_token)).toEqual([200, 200])
    const leaving = await here.get(`/auth/openid/logout?id_token_hint=${again.body.id_token}`)
    expect(leaving.text).toContain('You have signed out of Grafana')
    there.csrf = here.csrf
    expect((await there.post('/logout', { client_id: party.id })).status).toBe(303)
    for (const { body } of [given, again]) expect(await statuses(body.access_token)).toEqual([401, 401])
    expect((await refresh(party, again.body.refresh_token, postern)).body.error).toBe('invalid_grant')
  })
})

describe('without a store', () => {
  it('each endpoint says that it is temporarily unavailable, and what was begun goes on afterwards', async () => {
    const party = await register(postern)
    const visitor = await signedIn(postern, 'ada')
    const fields = await redeemable(party, visitor)
    const gone = () => Promise.reject(new Error('Connection is closed.'))
    const { redis } = postern.context
    const { mget, get } = redis
    Object.assign(redis, { mget: gone, get: gone })
    const answer = await ask(party, fields)
    const page = await visitor.get((await party.begin()).path)
    Object.assign(redis, { mget, get })
    expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable'])
    expect(answer.headers['retry-after']).toBeDefined()
    expect(page.status).toBe(503)
    expect((await ask(party, fields)).status).toBe(200)
  })
})
