import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { asEnvoyAsks, asEnvoySends, checksOn, cleaned, type EnvoyCheck, envoyRoute, isOn, manager } from './envoy.js'
import { forgedRequest, nobodysRequest } from './requests.js'
import type { ClientRequest } from './traefik.js'

describe('Envoy’s requests, replayed as documented,', () => {
  let postern: RunningPostern
  let token: string

  beforeAll(async () => {
    postern = await startPostern({ baseUrl: 'http://data.example.org' })
    token = await postern.token('ada', { scopes: ['read:tap'] })
  })
  afterAll(() => postern.stop())

  const checkOf = ({ path }: ClientRequest): EnvoyCheck => {
    const [check, ...more] = checksOn(envoyRoute(path.split('?')[0] ?? ''))
    if (!check || more.length > 0) throw new Error(`Not one check for ${path}`)
    return check
  }
  const ask = (asked: ClientRequest) => {
    const check = checkOf(asked)
    const method = asked.method.toLowerCase() as 'post' | 'get' | 'options' | 'delete'
    return request(postern.server)
      [method](`${check.http_service.path_prefix}${asked.path}`)
      .set(asEnvoyAsks(cleaned(asked), check))
  }

  it('are told who it is, in place of whatever a client says, and lose the credentials', async () => {
    const asked = forgedRequest(token)
    const answer = await ask(asked)
    expect(answer.status).toBe(200)
    expect(asEnvoySends(cleaned(asked), checkOf(asked), answer.headers)).toEqual({
      cookie: 'theme=dark',
      'x-auth-request-user': 'ada',
      'x-auth-request-email': 'ada@example.org',
      'x-auth-request-service': '',
      'x-auth-request-token': '',
      'x-auth-request-anonymous': '',
    })
  })

  it('lose both credentials where nothing is left of either, and a cookie that was joined to another', async () => {
    const asked = { ...forgedRequest(token), method: 'DELETE' }
    for (const cookie of [[`postern=${token}`], ['a=1', `postern=${token}`]]) {
      const request = { ...asked, headers: { ...asked.headers, cookie } }
      const answer = await ask(request)
      expect(answer.status).toBe(200)
      const sent = asEnvoySends(cleaned(request), checkOf(request), answer.headers)
      expect(sent).not.toHaveProperty('authorization')
      expect(JSON.stringify(sent)).not.toContain(token)
    }
  })

  it('keep a credential that is not ours', async () => {
    const basic = `Basic ${Buffer.from('ada:password').toString('base64')}`
    const session = await postern.session('ada')
    const asked = { ...forgedRequest(token), headers: { authorization: [basic], cookie: [`postern=${session}`] } }
    const answer = await ask(asked)
    const sent = asEnvoySends(asked, checkOf(asked), answer.headers)
    expect([answer.status, sent.authorization]).toEqual([200, basic])
    expect(sent).not.toHaveProperty('cookie')
  })

  it('are refused with the true status, by the method of the request itself', async () => {
    expect((await ask(nobodysRequest())).status).toBe(401)
    expect((await ask({ ...nobodysRequest(), method: 'OPTIONS' })).status).toBe(404)
    expect((await ask({ ...nobodysRequest(), headers: { authorization: ['Magic wand'] } })).status).toBe(400)
    expect((await ask(forgedRequest(token, '/portal/'))).status).toBe(403)
  })

  it('of browsers are sent to sign in on pages, with the way back, and nowhere else', async () => {
    const navigation = (path: string) => ({ method: 'GET', path, headers: { 'sec-fetch-mode': ['navigate'] } })
    const page = await ask(navigation('/portal/?a=1&b=2'))
    expect(page.status).toBe(302)
    expect(new URL(String(page.headers.location)).searchParams.get('rd')).toBe(
      'http://data.example.org/portal/?a=1&b=2',
    )
    expect((await ask(navigation('/tap/sync'))).status).toBe(401)
  })

  it('to what is public are not checked, and go on without a credential', () => {
    const route = envoyRoute('/tap/capabilities')
    expect(checksOn(route)).toEqual([])
    expect(route?.request_headers_to_remove).toEqual(['authorization', 'cookie'])
    expect(Object.keys(cleaned(forgedRequest('x')).headers).sort()).toEqual(['authorization', 'cookie'])
    expect(envoyRoute('/tap/capabilities/..;/sync')?.direct_response?.status).toBe(400)
  })
})

describe('Envoy’s configuration, as it is shipped,', () => {
  it('passes on every header of an answer that is meant for a service, and none of them to clients', () => {
    const [check, ...others] = checksOn(undefined)
    const { allowed_upstream_headers, allowed_client_headers, allowed_client_headers_on_success } =
      check?.http_service.authorization_response ?? ({} as never)
    for (const name of ['user', 'email', 'service', 'token', 'anonymous'].map((each) => `x-auth-request-${each}`)) {
      expect(isOn(allowed_upstream_headers, name)).toBe(true)
      expect(isOn(allowed_client_headers, name) || isOn(allowed_client_headers_on_success, name)).toBe(false)
    }
    for (const name of ['authorization', 'cookie']) expect(isOn(allowed_upstream_headers, name)).toBe(true)
    for (const name of ['www-authenticate', 'retry-after', 'location', 'x-ratelimit-limit'])
      expect(isOn(allowed_client_headers, name)).toBe(true)
    expect(others.map(({ http_service }) => http_service.authorization_response)).toEqual([
      check?.http_service.authorization_response,
    ])
  })

  it('lets nothing pass unchecked when Postern is down, nor on a route that nobody thought about', () => {
    expect(checksOn({ match: { prefix: '/new/' } })).toHaveLength(2)
    for (const check of checksOn(undefined)) expect(check.failure_mode_allow).toBe(false)
  })

  it('judges the path that it sends, and takes the address from the connection', () => {
    expect(manager).toMatchObject({
      use_remote_address: true,
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: 'REJECT_REQUEST',
      common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
    })
  })
})
