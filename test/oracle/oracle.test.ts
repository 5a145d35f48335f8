import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { formatToken, mintToken, type TokenKey } from '../../server/core/token/token.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { expected, type Header, type ModelRequest, type ModelToken } from './model.js'

const SCOPES = ['read:tap', 'read:image', 'exec:portal']
const MONTH = 30 * 86_400

let postern: RunningPostern
let tokens: readonly ModelToken[]
let sessions: readonly ModelToken[]

/** A little world of tokens: living, dying, dead, delegated, narrowed. */
beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings: { tokenCookies: ['mast_token'] } })
  const { pool } = postern.context.postgres
  async function user(username: string, scopes: string[], more: Partial<ModelToken> = {}): Promise<ModelToken> {
    const expires = more.expires === undefined ? {} : { expires: postern.now() + more.expires }
    return { ...more, username, scopes, text: await postern.token(username, { scopes, ...expires }) }
  }
  async function session(username: string, more: Partial<ModelToken> = {}): Promise<ModelToken> {
    const scopes = [...SCOPES, 'exec:notebook', 'user:token', 'write:files']
    return { ...more, username, scopes, expires: MONTH, text: await postern.session(username) }
  }
  async function delegated(parent: ModelToken, query: string, scopes: string[], service?: string): Promise<ModelToken> {
    const response = await ask(`${query}${scopes.map((each) => `&delegate_scope=${each}`).join('')}`, {
      authorization: `Bearer ${parent.text}`,
    })
    const text = response.headers.get('x-auth-request-token') ?? ''
    const info = await fetch(`${postern.url}/auth/api/v1/token-info`, { headers: { authorization: `Bearer ${text}` } })
    const { expires } = (await info.json()) as { expires: number }
    return { username: parent.username, scopes, text, parent, expires: expires - start, ...(service && { service }) }
  }
  const start = postern.now()
  const never = { username: 'nobody', scopes: [], revoked: true } as const
  const plain = await user('ada', ['read:tap'])
  const wide = await user('ada', SCOPES)
  const brief = await user('grace', ['read:tap', 'read:image'], { expires: 3600 })
  const gone = await user('ada', SCOPES, { revoked: true })
  const goneParent = await user('ada', SCOPES, { revoked: true })
  const narrowedText = await user('ada', SCOPES)
  const [here, ended] = [await session('ada'), await session('grace', { revoked: true })]
  const narrowed = { ...narrowedText, scopes: ['read:image'] }
  const children = [
    await delegated(wide, 'delegate_to=tap', ['read:tap', 'read:image'], 'tap'),
    await delegated(narrowedText, 'delegate_to=tap', ['read:tap', 'read:image'], 'tap'),
    await delegated(goneParent, 'delegate_to=portal', ['exec:portal'], 'portal'),
    await delegated(brief, 'delegate_to=tap', ['read:tap'], 'tap'),
    await delegated(here, 'notebook=true', [...here.scopes]),
  ].map((child) => (child.parent === narrowedText ? { ...child, parent: narrowed } : child))
  await pool.query(`UPDATE token SET scopes = '{read:image}' WHERE key = $1`, [narrowed.text.slice(3, 25)])
  await postern.context.invalidations.publish([narrowed.text.slice(3, 25) as TokenKey])
  for (const each of [gone, goneParent, ended]) await postern.revoke(each.text)
  const madeUp = (['postgres', 'redis'] as const).map((home) => ({
    ...never,
    text: formatToken(mintToken(home, randomBytes, postern.context.keys.tokenKeys[0])),
  }))
  const swapped = { ...never, text: `${wide.text.slice(0, 25)}${plain.text.slice(25)}` }
  tokens = [plain, wide, brief, gone, narrowed, here, ended, swapped, ...madeUp, ...children]
  sessions = [here, ended, plain, ...madeUp]
})
afterAll(() => postern.stop())

const ask = (query: string, headers: Record<string, string>) =>
  fetch(`${postern.url}/ingress/auth?${query}`, {
    headers: { 'x-original-url': 'https://data.example.org/x', 'x-original-method': 'GET', ...headers },
  })

const base64 = (text: string) => Buffer.from(text).toString('base64')

// biome-ignore format: a table reads in columns
const WRITTEN: { readonly [K in Header['kind']]: (token: string) => string | undefined } = {
  none:             () => undefined,
  password:         () => `Basic ${base64('ada:secret')}`,
  nothing:          () => 'token None',
  malformed:        () => 'Digest x',
  'no token':       () => 'Bearer gt-nonsense',
  bearer:           (token) => `Bearer ${token}`,
  token:            (token) => `token ${token}`,
  user:             (token) => `Basic ${base64(`${token}:x-oauth-basic`)}`,
  'password field': (token) => `Basic ${base64(`x-oauth-basic:${token}`)}`,
}

/** What the server says to it, in the model's words. */
async function actual({ requirement, session, header, named, ajax, method, at }: ModelRequest): Promise<string> {
  const query = new URLSearchParams(requirement.scopes.map((scope): [string, string] => ['scope', scope]))
  query.set('satisfy', requirement.any ? 'any' : 'all')
  query.set('allow_cookies', String(requirement.cookies))
  if (requirement.asksNamed) query.append('cookie', 'mast_token')
  query.set('allow_options', String(requirement.options))
  query.set('optional', requirement.optional)
  if (requirement.username !== undefined) query.set('username', requirement.username)
  if (requirement.onlyService !== undefined) query.set('only_service', requirement.onlyService)
  if (requirement.lifetime !== undefined) query.set('minimum_lifetime', String(requirement.lifetime))
  const cookies = [session && `__Host-postern=${session.text}`, named && `mast_token=${named.text}`].filter(Boolean)
  const authorization = WRITTEN[header.kind]('token' in header ? header.token.text : '')
  postern.advance(at)
  try {
    const response = await ask(query.toString(), {
      'x-original-method': method,
      ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
      ...(authorization !== undefined && { authorization }),
      ...(ajax && { 'x-requested-with': 'XMLHttpRequest' }),
    })
    if (response.status === 200) return `200 ${response.headers.get('x-auth-request-user') ?? '-'}`
    return `${response.status} ${response.headers.get('x-error-status') ?? '-'}`
  } finally {
    postern.advance(-at)
  }
}

describe('the server', () => {
  it('decides as a short and plain model does: every requirement, credential, state of a token, and time', async () => {
    const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
    const token = fc.constantFrom(...tokens)
    const header: fc.Arbitrary<Header> = fc.oneof(
      fc
        .constantFrom(
          'none' as const,
          'password' as const,
          'nothing' as const,
          'malformed' as const,
          'no token' as const,
        )
        .map((kind) => ({ kind })),
      fc.record({
        kind: fc.constantFrom('bearer' as const, 'token' as const, 'user' as const, 'password field' as const),
        token,
      }),
      fc.record({ kind: fc.constant('bearer' as const), token }),
    )
    const requirement = fc.record({
      scopes: fc.uniqueArray(fc.constantFrom(...SCOPES), { maxLength: 2 }),
      any: fc.boolean(),
      username: option(fc.constantFrom('ada', 'grace')),
      onlyService: option(fc.constantFrom('tap', 'portal')),
      lifetime: option(fc.constantFrom(300, 3000, 86_400)),
      cookies: fc.boolean(),
      asksNamed: fc.boolean(),
      optional: fc.constantFrom('false', 'false', 'true', 'strict'),
      options: fc.boolean(),
    })
    const request = fc.record({
      requirement,
      session: option(fc.constantFrom(...sessions)),
      header,
      named: option(token),
      ajax: fc.boolean(),
      method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'OPTIONS'),
      at: fc.constantFrom(0, 0, 0, 3400, 3601, MONTH + 1),
    }) as unknown as fc.Arbitrary<ModelRequest>
    await fc.assert(
      fc.asyncProperty(request, async (each) => {
        expect(await actual(each)).toBe(expected(each))
      }),
      { numRuns: process.env.NIGHTLY ? 3000 : 1000 },
    )
  })
})
