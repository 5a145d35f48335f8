import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { exportJWK, type JWTPayload } from 'jose'
import request from 'supertest'
import { ACCESS_TOKEN_TYPE, EXCHANGE_GRANT, JWT_TYPE } from '../../../server/core/openid/exchange.js'
import { disableAccount } from '../../../server/login/account-status.js'
import { FAILURES } from '../../../server/openid/workload/throttle.js'
import { liftLockdown, lockDown } from '../../../server/tokens/incident/lockdown.js'
import { about } from '../../support/about.js'
import { eventually } from '../../support/eventually.js'
import { signedWithPublicKey, signingKey, unsignedJwt } from '../../support/peers/workload-issuer.js'
import { ASKED } from '../../support/postern.js'
import { goAwayAfter, type Lost } from '../support/lost-redis.js'
import {
  AUDIENCE,
  advance,
  ci,
  cluster,
  events,
  exchange,
  expectRefused,
  type Fields,
  info,
  invalid,
  job,
  pod,
  postern,
  replica,
  startWorkloadSite,
  stopWorkloadSite,
  tokens,
  without,
} from './support/workload-site.js'

beforeAll(startWorkloadSite)
afterAll(stopWorkloadSite)

const OPERATOR = { username: '<operator>' }
/** Each refused JWT comes from a network of its own, so that none is slowed down. */
let networks = 0

describe('a job', () => {
  it('gets a service token for the JWT of its issuer, by the first rule that is for it', async () => {
    const { status, body, headers } = await exchange(await ci.sign(job()))
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
    expect(body).toEqual({
      access_token: expect.stringMatching(/^gt-/),
      issued_token_type: ACCESS_TOKEN_TYPE,
      token_type: 'Bearer',
      expires_in: about(1800),
      scope: 'read:image read:tap',
    })
    expect(await info(body.access_token)).toMatchObject({
      username: 'bot-survey',
      token_type: 'service',
      scopes: ['read:image', 'read:tap'],
      expires: expect.any(Number),
    })
    const check = (query: string) =>
      request(postern.server)
        .get(`/ingress/auth?${query}`)
        .set({ ...ASKED, Authorization: `Bearer ${body.access_token}` })
    expect((await check('scope=read:tap&service=tap')).headers['x-auth-request-user']).toBe('bot-survey')
    expect((await check('scope=read:tap&service=portal')).status).toBe(403)
    expect((await check('scope=exec:admin&service=tap')).status).toBe(403)
  })

  it('is in the history of the token, and its issuer and subject are in the audit trail', async () => {
    const { body } = await exchange(await ci.sign(job({ sub: 'repo:observatory/survey:environment:nightly' })))
    const key = body.access_token.slice(3, 25)
    const { prisma } = postern.context.postgres
    const [change] = await prisma.tokenChange.findMany({ where: { token: key } })
    expect(change).toMatchObject({ action: 'create', actor: 'bot-survey', tokenType: 'service', address: '192.0.2.1' })
    const [event] = events(key).filter((each) => JSON.stringify(each).includes('token.create'))
    expect(JSON.stringify(event)).toContain(`"issuer":"${ci.issuer}"`)
    expect(JSON.stringify(event)).toContain('"subject":"repo:observatory/survey:environment:nightly"')
  })

  it('gets less where it asks for less, and a scope of administrators where it names it', async () => {
    const fields = { scope: 'admin:userinfo', requested_expiry: '600', audience: 'tap', network: '192.0.2.0/24' }
    const { body } = await exchange(await ci.sign(job()), fields)
    expect(body).toMatchObject({ scope: 'admin:userinfo', expires_in: about(600) })
    const [row] = await postern.context.postgres.prisma.token.findMany({
      where: { key: body.access_token.slice(3, 25) },
    })
    expect(row?.restriction).toEqual({ services: ['tap'], networks: ['192.0.2.0/24'] })
  })

  it('gets a token that lasts no longer than the site’s service tokens do, and nor does what is made with it', async () => {
    const { body } = await exchange(await ci.sign(job({ repository_id: '99' })))
    const ends = postern.now() + 7200
    expect(body.expires_in).toEqual(about(7200))
    const made = await request(postern.server)
      .post('/auth/api/v1/users/bot-nightly/tokens')
      .set('Authorization', `Bearer ${body.access_token}`)
      .send({ token_name: 'heir', scopes: ['read:tap'] })
    expect(made.status).toBe(201)
    expect((await info(made.body.token)).expires).toBeLessThanOrEqual(ends)
    advance(7200)
    for (const token of [body.access_token, made.body.token])
      expect(await info(token)).toMatchObject({ detail: [{ type: 'invalid_token' }] })
  })

  // biome-ignore format: a table reads in columns
  it.each<[string, Fields, readonly [string, string]]>([
    ['a scope that no rule gives it', { scope: 'read:tap exec:admin' },  ['invalid_scope', 'does not give exec:admin']],
    ['a later end',                   { requested_expiry: '1801' },      ['invalid_request', 'requested_expiry may be 1800 at most']],
    ['another service of the site',   { audience: 'soda' },              ['invalid_target', 'may not be used at this service']],
    ['no service of the site',        { audience: 'elsewhere' },         ['invalid_target', 'no service of this site']],
    ['another type of token',         { requested_token_type: JWT_TYPE }, ['invalid_request', 'requested_token_type']],
  ])('that asks for %s gets nothing, and may ask again', async (_what, fields, fault) => {
    const jwt = await ci.sign(job())
    await expectRefused(exchange(jwt, fields), fault)
    expect((await exchange(jwt)).status).toBe(200)
  })
})

describe('a JWT is taken once', () => {
  it('and not again, in this process or in another', async () => {
    const jwt = await ci.sign(job())
    expect((await exchange(jwt)).status).toBe(200)
    for (const each of [postern, replica])
      await expectRefused(exchange(jwt, {}, '192.0.2.1', each), ['invalid_request', 'was used before'])
    const claims = job({ jti: 'the same' })
    expect((await exchange(await ci.sign(claims))).status).toBe(200)
    await expectRefused(exchange(await ci.sign({ ...claims, sub: 'other' })), ['invalid_request', 'was used before'])
  })

  it('of many requests at once', async () => {
    const jwt = await ci.sign(job())
    const [before = 0] = await tokens()
    const answers = await Promise.all(Array.from({ length: 6 }, () => exchange(jwt)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400])
    expect((await tokens())[0]).toBe(before + 1)
  })

  it.each<Lost>(['question', 'answer'])(
    'and may be shown again when Redis went away midway, the %s lost',
    async (lost) => {
      const failures: number[] = []
      for (let commands = 0; ; commands++) {
        const jwt = await ci.sign(job())
        const comeBack = goAwayAfter(postern.context.redis, commands, lost)
        const { status } = await exchange(jwt)
        comeBack()
        if (status === 200) break
        failures.push(status)
        await eventually(async () => expect((await exchange(jwt)).status).toBe(200))
        await expectRefused(exchange(jwt), ['invalid_request', 'was used before'])
      }
      expect(failures).toEqual(failures.map(() => 503))
      expect(failures.length).toBeGreaterThan(1)
    },
  )

  it('without an identifier, too', async () => {
    const jwt = await ci.sign(without(job(), 'jti'))
    expect((await exchange(jwt)).status).toBe(200)
    await expectRefused(exchange(jwt), ['invalid_request', 'was used before'])
  })
})

describe('no token is made for a JWT', () => {
  // biome-ignore format: a table reads in columns
  it.each<[string, () => Promise<string>, readonly [string, string]]>([
    ['that is none',              async () => 'a.b.c',                                                        invalid('is no JWT')],
    ['that is endless',           async () => `${await ci.sign(job())}${'x'.repeat(9000)}`,                   invalid('too long')],
    ['that is encrypted',         async () => `${await ci.sign(job())}.x.y`,                                  invalid('is no JWT')],
    ['that was altered',          async () => altered(await ci.sign(job({ repository_id: '1' })), job()),     invalid('not signed with a key')],
    ['that is cut',               async () => (await ci.sign(job())).slice(0, -6),                            invalid('not signed with a key')],
    ['of a forger',               async () => ci.sign(job(), { key: await signingKey(), kid: ci.key().kid }), invalid('not signed with a key')],
    ['with a key of its own',     async () => withOwnKey(),                                                   invalid('not signed with a key')],
    ['of the other issuer',       async () => cluster.sign(job(), { kid: ci.key().kid }),                     invalid('not signed with a key')],
    ['that is not signed',        async () => unsignedJwt(job()),                                             invalid('no algorithm')],
    ['signed with the public key', async () => signedWithPublicKey(ci, job()),                                invalid('no algorithm')],
    ['of a stranger',             async () => ci.sign(job({ iss: 'https://evil.example' })),                  invalid('no issuer that this site trusts')],
    ['with a slash more',         async () => ci.sign(job({ iss: `${ci.issuer}/` })),                         invalid('no issuer that this site trusts')],
    ['of two issuers',            async () => ci.sign(job({ iss: [ci.issuer] as never })),                    invalid('is no JWT with an issuer')],
    ['for another audience',      async () => ci.sign(job({ aud: 'https://github.com/observatory' })),        invalid('not right in aud')],
    ['for an address below',      async () => ci.sign(job({ aud: `${AUDIENCE}/` })),                          invalid('not right in aud')],
    ['for others, too',           async () => ci.sign(job({ aud: [AUDIENCE, 'https://evil.example'] })),      invalid('for others, too')],
    ['without an audience',       async () => ci.sign(without(job(), 'aud')),                                 invalid('not right in aud')],
    ['that has expired',          async () => ci.sign(job({ iat: postern.now() - 400, exp: postern.now() - 31 })), invalid('has expired')],
    ['without an end',            async () => ci.sign(without(job(), 'exp')),                                 invalid('not right in exp')],
    ['with an end in words',      async () => ci.sign(job({ exp: 'tomorrow' as never })),                     invalid('not right in exp')],
    ['of tomorrow',               async () => ci.sign(job({ iat: postern.now() + 60, nbf: postern.now() })),  invalid('not right in iat')],
    ['that is not yet valid',     async () => ci.sign(job({ nbf: postern.now() + 60 })),                      invalid('not right in nbf')],
    ['of two hours ago',          async () => ci.sign(job({ iat: postern.now() - 7200, exp: postern.now() + 300 })), invalid('issued more than 1 hour ago')],
    ['without a time',            async () => ci.sign(without(job(), 'iat')),                                 invalid('not right in iat')],
    ['without a subject',         async () => ci.sign(without(job(), 'sub')),                                 invalid('not right in sub')],
    ['of another project',        async () => ci.sign(job({ repository_id: '1234567' })),                     invalid('no rule')],
    ['of a project without number', async () => ci.sign(without(job(), 'repository_id')),                     invalid('no rule')],
    ['of several projects',       async () => ci.sign(job({ repository_id: ['123456', '1'] })),               invalid('no rule')],
    ['of another branch',         async () => ci.sign(job({ ref: 'refs/heads/main-evil' })),                  invalid('no rule')],
    ['of no branch',              async () => ci.sign(without(job(), 'ref')),                                 invalid('no rule')],
    ['of another pod',            async () => cluster.sign(pod({ 'kubernetes.io': { namespace: 'survey', serviceaccount: { name: 'default' } } })), invalid('no rule')],
    ['of a pod elsewhere',        async () => cluster.sign(pod({ 'kubernetes.io': { namespace: 'x', serviceaccount: { name: 'pipeline', namespace: 'survey' } } })), invalid('no rule')],
    ['with flat claims',          async () => cluster.sign(without(pod({ namespace: 'survey', serviceaccount: { name: 'pipeline' } }), 'kubernetes.io')), invalid('no rule')],
  ])('%s', async (_what, jwt, fault) => {
    await expectRefused(exchange(await jwt(), {}, `203.0.${++networks}.1`), fault)
  })

  it('that is shown as another type of token', async () => {
    const jwt = await ci.sign(job())
    await expectRefused(exchange(jwt, { subject_token_type: ACCESS_TOKEN_TYPE }), ['invalid_request', JWT_TYPE])
  })

  it('and the operator reads why, with the program and without the JWT', async () => {
    const jwt = await ci.sign(job({ ref: 'refs/heads/dev', sub: 'repo:observatory/survey:ref:refs/heads/dev' }))
    await exchange(jwt)
    const [event] = events('refs/heads/dev')
    expect(JSON.stringify(event)).toContain('"claims":["ref"]')
    expect(JSON.stringify(event)).toContain(ci.issuer)
    for (const part of jwt.split('.').slice(1)) expect(postern.logged()).not.toContain(part)
  })
})

describe('while a store is away', () => {
  const away = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))

  it('no token is made, for a use could not be marked', async () => {
    const jwt = await ci.sign(job())
    const before = await tokens()
    const comeBack = goAwayAfter(postern.context.redis, 0, 'question')
    const refused = expectRefused(exchange(jwt), ['temporarily_unavailable', 'store does not answer'], 503)
    await refused.finally(comeBack)
    expect(await tokens()).toEqual(before)
    expect((await exchange(jwt)).status).toBe(200)
  })

  it('a JWT is not used up', async () => {
    const { postgres } = postern.context
    const { transaction } = postgres
    const jwt = await ci.sign(job())
    Object.assign(postgres, { transaction: away })
    const sent = await exchange(jwt)
    Object.assign(postgres, { transaction })
    expect([sent.status, sent.body.error]).toEqual([503, 'temporarily_unavailable'])
    expect((await exchange(jwt)).status).toBe(200)
  })
})

describe('a pod', () => {
  it('gets a token by the claims within its claims, and another one for the same JWT', async () => {
    const jwt = await cluster.sign(pod(), { header: { typ: undefined } })
    const [first, second] = [await exchange(jwt), await exchange(jwt)]
    expect([first.body.scope, second.body.scope]).toEqual(['read:tap', 'read:tap'])
    expect(first.body.access_token).not.toBe(second.body.access_token)
    expect(await info(second.body.access_token)).toMatchObject({ username: 'bot-pipeline', token_type: 'service' })
  })
})

describe('a site', () => {
  it('that is locked down gives no token, and takes the JWT afterwards', async () => {
    const jwt = await ci.sign(job())
    await lockDown(postern.context, 'incident', OPERATOR)
    await expectRefused(exchange(jwt), ['invalid_grant', 'locked down'])
    await liftLockdown(postern.context, OPERATOR)
    expect((await exchange(jwt)).status).toBe(200)
  })

  it('gives no token to an account that it has disabled', async () => {
    await postern.account('bot-closed')
    const open = await exchange(await ci.sign(job({ repository_id: '7' })))
    expect(open.status).toBe(200)
    await disableAccount(postern.context, 'bot-closed', OPERATOR)
    await expectRefused(exchange(await ci.sign(job({ repository_id: '7' }))), [
      'invalid_grant',
      'bot-closed is disabled',
    ])
    expect(await info(open.body.access_token)).toMatchObject({ detail: [{ type: 'invalid_token' }] })
  })

  it('slows down a network of which too many JWTs are not right, and no other', async () => {
    const address = '198.51.100.7'
    const jwt = await ci.sign(job())
    for (let left = FAILURES.points; left > 0; left -= 20)
      await Promise.all(Array.from({ length: 20 }, () => exchange('a.b.c', {}, address)))
    await expectRefused(exchange(jwt, {}, address), ['slow_down', 'Too many'], 429)
    expect((await exchange(jwt)).status).toBe(200)
  })

  it('says in its documents what it exchanges', async () => {
    const { body } = await request(postern.server).get('/.well-known/oauth-authorization-server')
    expect(body.grant_types_supported).toEqual([EXCHANGE_GRANT])
  })

  it('exchanges no token of its own for that', async () => {
    const sent = exchange(await postern.token('ada'), { subject_token_type: ACCESS_TOKEN_TYPE })
    expect((await sent).body.error).toBe('invalid_request')
  })
})

/** A JWT with the signature of another. */
function altered(jwt: string, claims: JWTPayload): string {
  const [header, , signature] = jwt.split('.')
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
}

/** A JWT that brings the key with which it is signed. */
async function withOwnKey(): Promise<string> {
  const key = await signingKey()
  return ci.sign(job(), {
    key,
    kid: ci.key().kid,
    header: { jwk: await exportJWK(key.publicKey), jku: 'http://127.0.0.1:1/' },
  })
}
