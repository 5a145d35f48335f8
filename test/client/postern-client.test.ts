import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type FakePostern, PosternClient, PosternError, startFakePostern } from '../../server/client/index.js'

let fake: FakePostern
let postern: PosternClient
let token: string

beforeAll(async () => {
  fake = await startFakePostern()
  postern = new PosternClient({ baseUrl: fake.url })
  token = fake.createToken('ada', { scopes: ['user:token'] })
})
afterEach(() => fake.heal())
afterAll(() => fake.stop())

const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  )

/** A client to whom everything is answered thus; and what was asked. */
function answered(
  status: number,
  body: string,
  asked: [string, RequestInit | undefined][] = [],
  baseUrl = 'https://data.example.org/',
) {
  const fetch = async (url: unknown, init?: RequestInit) => {
    asked.push([String(url), init])
    return new Response(status === 204 ? null : body, { status })
  }
  return new PosternClient({ baseUrl, fetch })
}

describe('the client', () => {
  it('calls below the site’s address, with the token in its header and nowhere else', async () => {
    const asked: [string, RequestInit | undefined][] = []
    await answered(204, '', asked).revokeToken(token, 'ada', 'A'.repeat(22))
    const [[url, init] = []] = asked
    expect(url).toBe(`https://data.example.org/auth/api/v1/users/ada/tokens/${'A'.repeat(22)}`)
    expect(new Headers(init?.headers).get('authorization')).toBe(`Bearer ${token}`)
    expect([init?.method, init?.body]).toEqual(['DELETE', undefined])
  })

  it.each(['https://example.org/postern', 'https://example.org/postern/'])(
    'calls below the path of %s',
    async (base) => {
      const asked: [string, RequestInit | undefined][] = []
      await answered(204, '', asked, base).revokeToken(token, 'ada', 'A'.repeat(22))
      expect(asked[0]?.[0]).toBe(`https://example.org/postern/auth/api/v1/users/ada/tokens/${'A'.repeat(22)}`)
    },
  )

  it.each<[string, string, string, object]>([
    ['a list', '{"detail":[{"loc":["body","x"],"msg":"No.","type":"bad_x"}]}', 'body.x: No.', { code: 'bad_x' }],
    ['one thing', '{"detail":{"msg":"No.","type":"no"}}', 'No.', { code: 'no', detail: [{ msg: 'No.', type: 'no' }] }],
    [
      'bare words',
      '{"detail":"Not Found"}',
      'Not Found',
      { code: 'unexpected_answer', detail: [{ msg: 'Not Found' }] },
    ],
    ['a page of a proxy', '<h1>Bad Gateway</h1>', '', { code: 'unexpected_answer', detail: [] }],
    ['a detail of no known form', '{"detail":7}', '', { code: 'unexpected_answer', detail: [] }],
  ])('reads a refusal that is %s', async (_what, body, words, error) => {
    const thrown = (await thrownBy(answered(418, body).tokenInfo(token))) as PosternError
    expect(thrown).toBeInstanceOf(PosternError)
    expect(thrown).toMatchObject({ status: 418, ...error })
    expect(thrown.message).toBe(`GET /token-info: 418 ${words}`.trimEnd())
  })

  it.each([
    ['no JSON', 200, 'hello', 'the body'],
    ['an answer without what was asked for', 200, '{"token":"x","username":"ada","scopes":"all"}', 'scopes'],
  ])('does not take %s for an answer', async (_what, status, body, words) => {
    const thrown = (await thrownBy(answered(status, body).tokenInfo(token))) as PosternError
    expect(thrown).toMatchObject({ code: 'unexpected_answer', status })
    expect(thrown.message).toContain(words)
  })

  it.each([
    ['error', { code: 'internal_error', status: 500 }],
    ['outage', { code: 'store_unavailable', status: 503 }],
    ['hang-up', { code: 'unreachable', status: undefined }],
  ] as const)('says so when Postern fails with %s', async (failure, error) => {
    fake.failOn('tokenInfo', failure)
    expect(await thrownBy(postern.tokenInfo(token))).toMatchObject(error)
  })

  it('shows the token to nobody that a redirection names', async () => {
    const elsewhere = createServer((_request, response) => {
      response.writeHead(307, { Location: `${fake.url}/auth/api/v1/token-info` }).end()
    })
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    const before = fake.calls.length
    const { port } = elsewhere.address() as AddressInfo
    const moved = new PosternClient({ baseUrl: `http://127.0.0.1:${port}` })
    const thrown = await thrownBy(moved.tokenInfo(token))
    elsewhere.close()
    elsewhere.closeAllConnections()
    expect(thrown).toMatchObject({ code: 'unexpected_answer', status: 307 })
    expect(fake.calls).toHaveLength(before)
  })

  it('gives up on a Postern that never answers', async () => {
    fake.failOn('userInfo', 'silence')
    const hasty = new PosternClient({ baseUrl: fake.url, timeout: 50 })
    expect(await thrownBy(hasty.userInfo(token))).toMatchObject({
      code: 'unreachable',
      message: 'GET /user-info: no answer (TimeoutError)',
    })
  })

  it('has no token in any error, wherever somebody put one', async () => {
    const calls = [
      () => postern.tokenInfo(`${token}\n`),
      () => postern.revokeToken(token, 'ada', token),
      () => postern.listTokens(token, token),
      () => postern.createToken(token, 'ada', { tokenName: token }),
      () => postern.createToken(token, 'ada', { tokenName: token }),
      () => answered(500, `{"detail":"What is ${token}?"}`).tokenInfo(token),
      () => answered(500, `What is ${token}?`).tokenInfo(token),
      () => answered(200, `{"token":"${token}"}`).userInfo(token),
      () => new PosternClient({ baseUrl: 'http://127.0.0.1:1' }).tokenInfo(token),
    ]
    const thrown = []
    for (const call of calls) thrown.push(await thrownBy(call()))
    expect(thrown.filter((each) => each instanceof Error)).toHaveLength(calls.length - 1)
    expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain(token.slice(26))
  })

  it.each(['..', '../../x', 'a/b', 'ada?', '', 'Ada'])('makes no other route of the user name %j', async (username) => {
    const before = fake.calls.length
    const thrown = await Promise.all([
      thrownBy(postern.listTokens(token, username)),
      thrownBy(postern.createToken(token, username, { tokenName: 'x' })),
      thrownBy(postern.revokeToken(token, username, 'A'.repeat(22))),
    ])
    expect(thrown.filter((each) => each instanceof TypeError)).toHaveLength(3)
    expect(fake.calls).toHaveLength(before)
  })
})
