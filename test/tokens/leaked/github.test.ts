import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { type RunningPostern, startPostern } from '../../support/postern.js'

const PATH = '/auth/leaked/github'
const HOUR = 3600

let github: Server
let postern: RunningPostern
let listed: unknown
let fetches = 0
let nextAddress = 0
let nextUser = 0

const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (key: KeyObject) => String(key.export({ type: 'spki', format: 'pem' }))
const list = (...keys: (readonly [identifier: string, key: KeyObject])[]) => ({
  public_keys: keys.map(([key_identifier, key]) => ({ key_identifier, key: pem(key), is_current: true })),
})

beforeAll(async () => {
  github = createServer((_request, response) => {
    fetches++
    response.writeHead(listed === undefined ? 500 : 200).end(JSON.stringify(listed))
  })
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve))
  const { port } = github.address() as AddressInfo
  postern = await startPostern({ settings: { githubSecretScanning: `http://127.0.0.1:${port}/keys` } })
})
beforeEach(() => {
  listed = list(['one', pair.publicKey], ['rsa', rsa.publicKey])
  // The list that an earlier test left is too old.
  postern.advance(2 * HOUR)
})
afterAll(async () => {
  await postern.stop()
  await new Promise((resolve) => github.close(resolve))
})

const someone = () => `owner-${++nextUser}`
const reportOf = (...tokens: string[]) =>
  JSON.stringify(
    tokens.map((token) => ({ token, type: 'postern_token', url: 'https://github.com/a/b', source: 'content' })),
  )

interface Sent {
  readonly identifier?: string
  readonly signature?: string
  readonly address?: string
}

const send = (body: string, { identifier = 'one', signature = signed(body), address }: Sent = {}) =>
  request(postern.server)
    .post(PATH)
    .set('Content-Type', 'application/json')
    .set('X-Forwarded-For', address ?? `192.0.2.${++nextAddress}`)
    .set({ 'Github-Public-Key-Identifier': identifier, 'Github-Public-Key-Signature': signature })
    .send(body)

const signed = (body: string, key = pair.privateKey) => sign('sha256', Buffer.from(body), key).toString('base64')
const status = async (token: string) =>
  (await request(postern.server).get('/auth/api/v1/token-info').auth(token, { type: 'bearer' })).status

describe('a report that GitHub signed', () => {
  it('revokes the tokens that are whole and valid, and labels each', async () => {
    const [live, other] = [await postern.token(someone()), await postern.token(someone())]
    const wrong = `${other.slice(0, 26)}${'A'.repeat(22)}`
    const response = await send(reportOf(live, wrong, 'gt-x'))
    expect(response.status).toBe(200)
    expect(response.body).toEqual([
      { token_raw: live, token_type: 'postern_token', label: 'true_positive' },
      { token_raw: wrong, token_type: 'postern_token', label: 'false_positive' },
      { token_raw: 'gt-x', token_type: 'postern_token', label: 'false_positive' },
    ])
    expect([await status(live), await status(other)]).toEqual([401, 200])
    expect(postern.logged()).toContain('"place":"https://github.com/a/b"')
    const { reason } = (
      await postern.context.postgres.prisma.notice.findFirstOrThrow({ where: { kind: 'tokenRevoked' } })
    ).facts as { reason?: string }
    expect(reason).toBe('https://github.com/a/b')
  })

  it('is verified with keys that are fetched once an hour, and again for a new key', async () => {
    const before = fetches
    for (let count = 0; count < 3; count++) await send(reportOf('x'))
    expect(fetches - before).toBe(1)
    const next = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    listed = list(['two', next.publicKey])
    postern.advance(61)
    const body = reportOf('x')
    expect((await send(body, { identifier: 'two', signature: signed(body, next.privateKey) })).status).toBe(200)
    expect(fetches - before).toBe(2)
  })
})

describe('a report to the partner form', () => {
  const forged: [string, (body: string) => Sent][] = [
    ['without a signature', () => ({ signature: '' })],
    ['with the signature of another body', () => ({ signature: signed('[]') })],
    [
      'with another key',
      (body) => ({ signature: signed(body, generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey) }),
    ],
    ['with a key that is not in the list', () => ({ identifier: 'unknown' })],
    ['with a key of another kind', (body) => ({ identifier: 'rsa', signature: signed(body, rsa.privateKey) })],
    ['with a signature that is none', () => ({ signature: 'x' })],
  ]
  it.each(forged)('%s is refused, and revokes nothing', async (_what, forge) => {
    const token = await postern.token(someone())
    const body = reportOf(token)
    const response = await send(body, forge(body))
    expect([response.status, response.body.detail[0].type]).toEqual([403, 'invalid_signature'])
    expect(await status(token)).toBe(200)
  })

  it('that is signed and is no list of tokens is malformed', async () => {
    for (const body of ['{}', '[{"token": 1, "type": "x"}]', '[', '']) expect((await send(body)).status).toBe(400)
  })

  it('cannot be verified while the keys cannot be fetched, and revokes nothing', async () => {
    listed = undefined
    const token = await postern.token(someone())
    expect((await send(reportOf(token))).status).toBe(503)
    expect(await status(token)).toBe(200)
  })

  it('makes Postern ask for the keys once a minute at most, for whatever identifier', async () => {
    await send(reportOf('x'))
    const before = fetches
    for (let count = 0; count < 5; count++) await send(reportOf('x'), { identifier: `made-up-${count}` })
    expect(fetches).toBe(before)
  })

  it('is throttled by address while it is refused', async () => {
    const address = '198.51.100.9'
    for (let count = 0; count < 20; count++) expect((await send('[]', { signature: 'x', address })).status).toBe(403)
    expect((await send('[]', { signature: 'x', address })).status).toBe(429)
    expect((await send('[]', { address })).status).toBe(200)
  })

  it('is at no address of a site that has no list of keys', async () => {
    const other = await startPostern()
    const response = await request(other.server).post(PATH).send([])
    await other.stop()
    expect(response.status).toBe(404)
  })
})
