import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { authenticateRequest } from '../../server/authn/authenticate-request.js'
import { Refusal } from '../../server/core/access/refusal.js'
import { compileRequirement } from '../../server/core/access/requirement.js'
import { formatToken, mintToken, type TokenKey } from '../../server/core/token/token.js'
import { parseAuthRequest } from '../../server/ingress/forward-auth-protocols.js'
import { MAX_LOCATIONS, ResponseCache } from '../../server/ingress/response-cache.js'
import { deleteQuotaOverrides, replaceQuotaOverrides } from '../../server/storage/quota-overrides.js'
import { RawConnection } from '../support/clients/raw-connection.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { type Relay, startRelay } from '../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

/** Two on the same stores: one caches and reads checks itself, and one asks the stores for each that Node has read. */
let remembering: RunningPostern
let asking: RunningPostern
let relays: Relay[]
let tokens: string[]
let sessions: string[]

const settings = {
  tokenCookies: ['mast_token'],
  quota: { default: { api: { counted: 1_000_000 } }, groups: { users: { api: {} } } },
}

beforeAll(async () => {
  relays = [await startRelay(await freshDatabase()), await startRelay(await freshRedis())]
  const [databaseUrl, redisUrl] = relays.map(({ url }) => url) as [string, string]
  const options = { databaseUrl, redisUrl, secret: 'x'.repeat(32), baseUrl: 'https://data.example.org' }
  remembering = await startPostern({ ...options, settings: { ...settings, memoryMaxAge: '1h', checkParser: 'own' } })
  asking = await startPostern({ ...options, settings: { ...settings, memoryMaxAge: 0, checkParser: 'node' } })
  const seal = remembering.context.keys.tokenKeys[0]
  const soon = remembering.now() + 1000
  const gone = await remembering.token('ada')
  sessions = [await remembering.session('ada'), await remembering.session('grace')]
  const ended = await remembering.session('ada')
  tokens = [
    await remembering.token('ada'),
    await remembering.token('grace', { scopes: ['read:tap', 'read:image'], expires: soon }),
    gone,
    formatToken(mintToken('postgres', randomBytes, seal)),
    ...sessions,
  ]
  await remembering.revoke(gone)
  await remembering.revoke(ended)
  sessions.push(ended)
})
afterAll(async () => {
  await remembering.stop()
  await asking.stop()
  for (const relay of relays) await relay.stop()
})

/** Whether a cache has the response to a request. */
function serves(cache: ResponseCache, request: IncomingMessage): boolean {
  const check = cache.quickCheckOf(request)
  return check !== undefined && cache.answer(check)?.status === 200
}

function entryOf(token: string) {
  const found = remembering.context.tokenCache.find(token.slice(3, 25) as TokenKey, async () => undefined)
  return typeof found === 'object' ? found : undefined
}

interface Answer {
  readonly status: number
  readonly headers: readonly string[]
}

/** Sends header lines as they are, several of one name included. */
async function get(
  { port }: RunningPostern,
  path: string,
  lines: readonly (readonly [string, string])[],
): Promise<Answer> {
  const head = [`GET ${path} HTTP/1.1`, 'Host: postern', ...lines.map((line) => line.join(': '))].join('\r\n')
  const answer = await connectionTo(port).ask(`${head}\r\n\r\n`, PATIENCE_MS)
  if (answer instanceof Error) throw answer
  const [text = ''] = answer.bytes.toString('latin1').split('\r\n\r\n', 1)
  const changing = /^(?:Date|X-RateLimit-(?:Used|Remaining|Reset)):/
  const headers = text.split('\r\n').slice(1)
  return { status: answer.status, headers: headers.filter((line) => !changing.test(line)).sort() }
}

const PATIENCE_MS = 60_000

/** So many requests come on a connection: one that was given to Node never meets the door again. */
const MOST = 4
const open = new Map<number, { readonly connection: RawConnection; used: number }>()

function connectionTo(port: number): RawConnection {
  const known = open.get(port)
  if (known && !known.connection.broken && ++known.used < MOST) return known.connection
  known?.connection.close()
  const connection = new RawConnection(port)
  open.set(port, { connection, used: 0 })
  return connection
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const NGINX: [string, string][] = [
  ['X-Original-URL', 'https://ada.data.example.org/tap'],
  ['X-Original-Method', 'GET'],
]
const GATEWAY: [string, string][] = [
  ['Path', '/tap'],
  ['Method', 'GET'],
]
const QUERIES = [
  'scope=read:tap',
  'scope=read:tap&service=tap',
  'scope=read:tap&scope=read:image&satisfy=any',
  'scope=exec:portal&auth_type=basic',
  'scope=read:tap&service=counted',
  'scope=read:tap&minimum_lifetime=900',
  'scope=read:tap&username=ada',
  'scope=read:tap&user_domain=true',
  'scope=read:tap&only_service=tap',
  'scope=read:tap&allow_cookies=false',
  'scope=read:tap&cookie=mast_token',
  'scope=read:tap&optional=true',
  'scope=read:tap&optional=strict&login_redirect=true',
  'delegate_to=tap&delegate_scope=read:tap',
  'delegate_to=tap&delegate_scope=read:tap&use_authorization=true',
  'notebook=true',
  'scope=read:tap&minimum_lifetime=nonsense',
  'scope=read:tap&same_origin=true',
  'scope=exec:portal&deny_as=404',
  'scope=read:tap&program=1001',
]

const line = (name: string) => (value: string) => [name, value] as const
const arbitraries = () => {
  const token = fc.constantFrom(...tokens)
  const session = fc.constantFrom(...sessions)
  const bearer = fc.oneof(
    token.map((each) => `Bearer ${each}`),
    token.map((each) => `bearer  ${each} `),
    token.map((each) => `token ${each}`),
    token.map((each) => `Basic ${base64(`${each}:x-oauth-basic`)}`),
    token.map((each) => `Basic ${base64(`x-oauth-basic:${each}`)}`),
    fc.constantFrom('Basic YWRhOnNlY3JldA==', 'Bearer gt-nonsense', 'Digest x', 'token None', ''),
  )
  const cookie = fc.oneof(
    session.map((each) => `__Host-postern=${each}`),
    session.map((each) => `postern=${each}`),
    session.map((each) => `theme=dark; __Host-postern="${each}"; other=1`),
    token.map((each) => `mast_token=${each}; theme=dark`),
    fc.tuple(session, session).map(([one, two]) => `__Host-postern=${one}; __Host-postern=${two}`),
    session.map((each) => `theme=dark,__Host-postern=${each}`),
    fc.constantFrom('theme=dark', 'postern=nonsense', ''),
  )
  const others = fc.constantFrom(
    ...([
      ['X-Forwarded-For', '192.0.2.7'],
      ['x-forwarded-for', '192.0.2.7, 198.51.100.1'],
      ['User-Agent', 'TOPCAT/4.8'],
      ['X-Requested-With', 'XMLHttpRequest'],
      ['X-Forwarded-Method', 'OPTIONS'],
      ['X-Original-Method', 'OPTIONS'],
      ['Method', 'OPTIONS'],
      ['path', '/elsewhere'],
      ['Sec-Fetch-Mode', 'navigate'],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Origin', 'https://elsewhere.example.org'],
    ] as const),
  )
  const lines = fc.array(
    fc.oneof(
      { arbitrary: bearer.map(line('Authorization')), weight: 4 },
      { arbitrary: cookie.map(line('Cookie')), weight: 3 },
      { arbitrary: bearer.map(line('authorization')), weight: 1 },
      { arbitrary: others, weight: 2 },
    ),
    { maxLength: 4 },
  )
  const surface = fc.constantFrom(
    '/ingress/auth?',
    '/ingress/auth?',
    '/ingress/auth?',
    '/ingress/forward?',
    '/ingress/envoy/',
    '/ingress/gateway/',
    '/ingress/gateway/',
  )
  const described = fc.constantFrom(NGINX, NGINX, NGINX, GATEWAY, GATEWAY, [])
  const asked = fc.oneof(
    described,
    described,
    described.map((each) => each.slice(0, 1)),
    described.map((each) => each.slice(1)),
  )
  return fc.record({
    surface,
    query: fc.constantFrom(...QUERIES),
    asked,
    lines,
    late: fc.constantFrom(0, 0, 0, 200, 2000),
  })
}

describe('a check that is remembered', () => {
  it('answers as one that asks the stores, for every request', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraries(), async ({ surface, query, asked, lines, late }) => {
        const path = `${surface}${query}${surface.endsWith('envoy/') ? '/tap' : ''}`
        const all = [...asked, ...lines]
        for (const each of [remembering, asking]) each.advance(late)
        try {
          const expected = await get(asking, path, all)
          // What the first of these makes, the next two find.
          for (let times = 0; times < 3; times++) expect(await get(remembering, path, all)).toEqual(expected)
        } finally {
          for (const each of [remembering, asking]) each.advance(-late)
        }
      }),
      { numRuns: 600 },
    )
  }, 300_000)

  // biome-ignore format: a table reads in columns
  const REMEMBERED = [
    ['a Bearer token',              'scope=read:tap&service=tap', () => [['Authorization', `Bearer ${tokens[0]}`]]],
    ['a Basic password',            'scope=read:tap',             () => [['Authorization', `Basic ${base64(`x-oauth-basic:${tokens[0]}`)}`]]],
    ['a session',                   'scope=read:tap',             () => [['Cookie', `theme=dark; __Host-postern=${sessions[0]}`]]],
    ['a token beside other things', 'scope=read:tap',             () => [['Authorization', `Bearer ${tokens[0]}`], ['Cookie', 'theme=dark']]],
    ['a delegated token',           'delegate_to=tap',            () => [['Authorization', `Bearer ${tokens[0]}`]]],
  ] as const

  it.each(REMEMBERED)('of %s asks no store at all', async (_what, query, lines) => {
    const headers = [...NGINX, ...(lines() as [string, string][])]
    const path = `/ingress/auth?${query}`
    // What is delegated is made by the first who asks, and looked up by the second.
    await get(remembering, path, headers)
    const first = await get(remembering, path, headers)
    expect(first.status).toBe(200)
    const { misses, hits } = remembering.context.tokenCache.stats()
    const { pool } = remembering.context.postgres
    const { query: original } = pool
    pool.query = (() => Promise.reject(new Error('PostgreSQL was asked'))) as typeof original
    try {
      for (let times = 0; times < 5; times++) expect(await get(remembering, path, headers)).toEqual(first)
    } finally {
      pool.query = original
    }
    expect(remembering.context.tokenCache.stats()).toMatchObject({ misses })
    expect(remembering.context.tokenCache.stats().hits).toBeGreaterThanOrEqual(hits + 5)
  })

  it('is noted as a use, with where it came from and with what', async () => {
    const token = await remembering.token('ada')
    const headers: [string, string][] = [...NGINX, ['Authorization', `Bearer ${token}`], ['User-Agent', 'TOPCAT/4.8']]
    const from = (address: string): [string, string][] => [...headers, ['X-Forwarded-For', address]]
    for (const address of ['192.0.2.7', '192.0.2.7', '192.0.2.7', '192.0.2.8']) {
      expect((await get(remembering, '/ingress/auth?scope=read:tap', from(address))).status).toBe(200)
    }
    await remembering.context.usage.flush(remembering.context)
    const { rows } = await remembering.context.postgres.pool.query(
      'SELECT address, client, count::int FROM token_use WHERE token = $1 ORDER BY address',
      [token.slice(3, 25)],
    )
    expect(rows).toEqual([
      { address: '192.0.2.7', client: 'TOPCAT/4.8', count: 3 },
      { address: '192.0.2.8', client: 'TOPCAT/4.8', count: 1 },
    ])
  })

  it('of two tokens of a user that share a response ends for each of them at its own time', async () => {
    const until = (seconds: number) => remembering.token('ada', { expires: remembering.now() + seconds })
    const [long, short] = [await until(9_000), await until(5_000)]
    const statusOf = async (token: string) => {
      const headers: [string, string][] = [...NGINX, ['Authorization', `Bearer ${token}`]]
      return (await get(remembering, '/ingress/auth?scope=read:tap&minimum_lifetime=4000', headers)).status
    }
    const both = async () => [await statusOf(long), await statusOf(short)]
    expect([await both(), await both()].flat()).toEqual([200, 200, 200, 200])
    const cached = () => [long, short].map((token) => entryOf(token)?.attached?.items[0])
    const [shared, same] = cached()
    expect([shared !== undefined, shared === same]).toEqual([true, true])
    remembering.advance(1_500)
    try {
      expect(await both()).toEqual([200, 401])
    } finally {
      remembering.advance(-1_500)
    }
  })

  it('is limited from the moment that a quota is set', async () => {
    const token = await remembering.token('ada')
    const headers: [string, string][] = [...NGINX, ['Authorization', `Bearer ${token}`]]
    const status = async () => (await get(remembering, '/ingress/auth?scope=read:tap&service=tap', headers)).status
    expect([await status(), await status()]).toEqual([200, 200])
    const { context } = remembering
    await replaceQuotaOverrides(context, { default: { api: { tap: 0 } } }, { username: 'root' })
    expect(await status()).toBe(403)
    await deleteQuotaOverrides(context, { username: 'root' })
    expect([await status(), await status()]).toEqual([200, 200])
    const { hits } = context.tokenCache.stats()
    expect(await status()).toBe(200)
    expect(context.tokenCache.stats().hits).toBeGreaterThan(hits)
  })

  it('hands out the next delegated token as soon as the one before it was ended', async () => {
    const token = await remembering.token('ada')
    const headers: [string, string][] = [...NGINX, ['Authorization', `Bearer ${token}`]]
    const delegated = async () => {
      const { headers: answered } = await get(remembering, '/ingress/auth?delegate_to=tap', headers)
      return answered.find((each) => each.startsWith('X-Auth-Request-Token: '))?.slice(22) ?? ''
    }
    const first = await delegated()
    expect([await delegated(), await delegated()]).toEqual([first, first])
    await asking.revoke(first)
    await remembering.context.invalidations.publish([first.slice(3, 25) as TokenKey])
    expect(await delegated()).toMatch(/^gt-/)
    expect(await delegated()).not.toBe(first)
  })

  it('is served to NGINX Gateway Fabric, too, for a request that it states in full and that is not OPTIONS', async () => {
    const { context } = remembering
    const cache = new ResponseCache(context, () => '192.0.2.7')
    const requirement = compileRequirement(new URLSearchParams('scope=read:tap'))
    const authorization = `Bearer ${await remembering.token('ada')}`
    const by = await authenticateRequest(context, { authorization })
    if (by instanceof Refusal) throw new Error(by.code)
    const sent = (stated: [string, string][], url = '/ingress/gateway/scope=read:tap') => {
      const rawHeaders = [...stated, ['Authorization', authorization]].flat()
      const headersDistinct = { path: ['/tap'], method: ['GET'] }
      return {
        url,
        method: 'GET',
        headers: { authorization },
        rawHeaders,
        headersDistinct,
      } as unknown as IncomingMessage
    }
    const isServed = (...request: Parameters<typeof sent>) => serves(cache, sent(...request))
    for (const url of ['/ingress/gateway/scope=read:tap', '/ingress/auth?scope=read:tap']) {
      const authRequest = parseAuthRequest(sent(GATEWAY, url), 'https')
      if (authRequest) cache.store(sent(GATEWAY, url), authRequest, requirement, { kind: 'admitted', by })
    }
    const [path, method] = GATEWAY as [[string, string], [string, string]]
    expect(isServed(GATEWAY)).toBe(true)
    expect(isServed([['PATH', '/other'], method])).toBe(true)
    const others: [string, string][][] = [[path], [method], NGINX, [path, ['Method', 'OPTIONS']], [path, path, method]]
    expect(others.map((each) => isServed(each))).toEqual(others.map(() => false))
    // Attack: a client of nginx states the request in the other proxy's names.
    expect(isServed(GATEWAY, '/ingress/auth?scope=read:tap')).toBe(false)
    expect(isServed([...NGINX, ['Method', 'OPTIONS']], '/ingress/auth?scope=read:tap')).toBe(true)
  })

  it('stays cached for a busy location while more new ones come than the cache holds', async () => {
    const { context } = remembering
    const cache = new ResponseCache(context, () => '192.0.2.7')
    const requirement = compileRequirement(new URLSearchParams('scope=read:tap'))
    const stored = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      const by = await authenticateRequest(context, headers)
      if (by instanceof Refusal) throw new Error(by.code)
      return (url: string) => {
        const rawHeaders = [...NGINX, ['Authorization', `Bearer ${token}`]].flat()
        const headersDistinct = { 'x-original-method': ['GET'], 'x-original-url': ['https://data.example.org/'] }
        const sent = { url, method: 'GET', headers, rawHeaders, headersDistinct } as unknown as IncomingMessage
        const authRequest = parseAuthRequest(sent, 'https')
        if (!authRequest) throw new Error(url)
        return {
          store: () => cache.store(sent, authRequest, requirement, { kind: 'admitted', by }),
          isServed: () => serves(cache, sent),
        }
      }
    }
    const [busy, others] = [await stored(await remembering.token('ada')), await stored(await remembering.token('ada'))]
    const location = busy('/ingress/auth?scope=read:tap&busy')
    location.store()
    const served = Array.from({ length: 2 * MAX_LOCATIONS }, (_, at) => {
      others(`/ingress/auth?scope=read:tap&${at}`).store()
      return location.isServed()
    })
    expect(served.filter((each) => !each)).toEqual([])
  })
})
