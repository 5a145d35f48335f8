import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { settingsSchema } from '../../server/settings/schema.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern
let weak: string

beforeAll(async () => {
  const settings = { tokenExchange: { enabled: true }, resourceMetadata: true }
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings })
  weak = await postern.token('ada', { scopes: ['read:image'], name: 'weak' })
})
afterAll(() => postern.stop())

const DOCUMENT = '/.well-known/oauth-protected-resource'
const FORWARDED = {
  'X-Forwarded-Method': 'GET',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'data.example.org',
  'X-Forwarded-Uri': '/tap/sync?QUERY=secret',
}

/** The answer without a token, or with one. */
const ask = (path: string, headers: Record<string, string> = {}, token?: string) =>
  request(postern.server)
    .get(path)
    .set(headers)
    .set(token === undefined ? {} : { Authorization: `Bearer ${token}` })

describe('A challenge names the document about the address that was asked for', () => {
  it.each([
    ['of nginx', '/ingress/auth?scope=read:tap', ASKED],
    ['of a forward-auth proxy', '/ingress/forward?scope=read:tap', FORWARDED],
  ])('in the check %s', async (_whose, path, headers) => {
    const named = `, resource_metadata="https://data.example.org${DOCUMENT}/tap/sync"`
    const missing = await ask(path, headers)
    expect([missing.status, missing.headers['www-authenticate']]).toEqual([
      401,
      `Bearer realm="data.example.org"${named}`,
    ])
    const refused = await ask(path, headers, weak)
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      403,
      `Bearer realm="data.example.org", error="insufficient_scope", error_description="Token missing required scope", scope="read:tap"${named}`,
    ])
    const optional = await ask(`${path}&optional=true`, headers)
    expect([optional.status, optional.headers['www-authenticate']]).toEqual([
      200,
      `Bearer realm="data.example.org"${named}`,
    ])
  })

  it('in the API', async () => {
    const { headers } = await ask('/auth/api/v1/token-info?x=secret')
    expect(headers['www-authenticate']).toBe(
      `Bearer realm="data.example.org", resource_metadata="https://data.example.org${DOCUMENT}/auth/api/v1/token-info"`,
    )
  })
})

describe('The document', () => {
  it('is about the address that it is asked for', async () => {
    const of = async (path: string) => (await ask(`${DOCUMENT}${path}`)).body.resource
    expect(await of('')).toBe('https://data.example.org')
    expect(await of('/')).toBe('https://data.example.org')
    expect(await of('/tap/sync')).toBe('https://data.example.org/tap/sync')
    expect((await ask(`${DOCUMENT}s`)).status).toBe(404)
  })

  it('has to be there for a challenge to name it', () => {
    const of = (settings: Record<string, unknown>) => settingsSchema.safeParse({ resourceMetadata: true, ...settings })
    expect(of({}).error?.issues).toMatchObject([{ path: ['resourceMetadata'] }])
    for (const each of ['oidcServer', 'deviceLogin', 'tokenExchange'])
      expect(of({ [each]: { enabled: true } }).success).toBe(true)
  })
})
