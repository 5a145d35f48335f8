import { generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { signedWithPublicKey, unsignedJwt, type WorkloadIssuer } from '../../support/peers/workload-issuer.js'
import {
  advance,
  ci,
  cluster,
  exchange,
  expectRefused,
  invalid,
  job,
  pod,
  postern,
  startWorkloadSite,
  stopWorkloadSite,
} from './support/workload-site.js'

beforeAll(startWorkloadSite)
afterAll(stopWorkloadSite)

describe('the keys of an issuer', () => {
  it('may be rotated at any time', async () => {
    expect((await exchange(await ci.sign(job()))).status).toBe(200)
    advance(31)
    await ci.rotate()
    expect((await exchange(await ci.sign(job()))).status).toBe(200)
  })

  it('are no more trusted ten minutes after they were withdrawn', async () => {
    const old = ci.key()
    await ci.rotate()
    advance(600)
    await expectRefused(exchange(await ci.sign(job(), { key: old })), invalid('not signed with a key'))
  })

  it('are fetched twice a minute at most, for all the identifiers that a client makes up', async () => {
    expect((await exchange(await ci.sign(job()))).status).toBe(200)
    advance(31)
    const before = ci.asked()
    const made = async (kid: string) => exchange(await ci.sign(job(), { kid }), {}, '198.51.100.200')
    await Promise.all(Array.from({ length: 8 }, (_, index) => made(`at once ${index}`)))
    for (let index = 0; index < 8; index++) await made(`in turn ${index}`)
    expect(ci.asked() - before).toBe(1)
    expect((await exchange(await ci.sign(job()))).status).toBe(200)
  })

  it('are not fetched for a JWT that no key could make right', async () => {
    advance(601)
    const before = ci.asked()
    await expectRefused(exchange(unsignedJwt(job())), invalid('no algorithm'))
    await expectRefused(exchange(await signedWithPublicKey(ci, job())), invalid('no algorithm'))
    expect(ci.asked()).toBe(before)
  })

  // biome-ignore format: a table reads in columns
  it.each<[string, Parameters<WorkloadIssuer['misbehave']>[0], string]>([
    ['cannot be reached',     (response) => response.destroy(),                                            'no connection'],
    ['are an error',          (response) => response.writeHead(500).end('{}'),                             'not usable'],
    ['are elsewhere',         (response) => response.writeHead(302, { Location: ci.jwksUri }).end(),       'not usable'],
    ['are a page',            (response) => response.end('<html>'),                                        'not usable'],
    ['are no list',           (response) => response.end('{"keys": 7}'),                                   'not usable'],
    ['have no end',           (response) => response.end(`{"keys": [${'1,'.repeat(1_000_000)}1]}`),        'not usable'],
  ])('that %s make no token, and are asked for again when they are back', async (_what, answer, says) => {
    advance(601)
    ci.misbehave(answer)
    const before = ci.asked()
    const jwt = await ci.sign(job({ exp: postern.now() + 600 }))
    const sent = exchange(jwt)
    await expectRefused(sent, ['temporarily_unavailable', says], 503)
    expect((await sent).headers['retry-after']).toBe('30')
    ci.misbehave(undefined)
    await expectRefused(exchange(jwt), ['temporarily_unavailable', says], 503)
    expect(ci.asked() - before).toBe(1)
    advance(30)
    expect((await exchange(jwt)).status).toBe(200)
  })
})

it('A key of an issuer that is too short makes no token', async () => {
  advance(601)
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'short', alg: 'RS256', use: 'sig' }
  ci.misbehave((response) => response.end(JSON.stringify({ keys: [jwk] })))
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = `${encoded({ alg: 'RS256', kid: 'short' })}.${encoded(job())}`
  const jwt = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
  await expectRefused(exchange(jwt), ['temporarily_unavailable', 'its key is too short'], 503)
  ci.misbehave(undefined)
  advance(31)
})

describe('the document of an issuer', () => {
  afterEach(() => {
    ci.describe({})
    advance(31)
  })

  // biome-ignore format: a table reads in columns
  it.each<[string, () => Readonly<Record<string, unknown>>, string]>([
    ['of another one',           () => ({ issuer: cluster.issuer }),                    'its document is not usable'],
    ['of nothing',               () => ({ issuer: undefined, jwks_uri: undefined }),    'its document is not usable'],
    ['without keys',             () => ({ jwks_uri: undefined }),                       'its document is not usable'],
    ['with keys without TLS',    () => ({ jwks_uri: 'http://192.0.2.7/jwks' }),         'an address without TLS'],
  ])('%s makes no token', async (_what, document, says) => {
    advance(601)
    ci.describe(document())
    await expectRefused(exchange(await ci.sign(job())), ['temporarily_unavailable', says], 503)
  })

  it('is not asked for where the settings say where the keys are', async () => {
    cluster.describe({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example/jwks' })
    advance(601)
    expect((await exchange(await cluster.sign(pod()))).status).toBe(200)
  })
})
