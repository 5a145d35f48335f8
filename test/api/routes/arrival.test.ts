import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { IDENTITY_HEADERS } from '../../../server/core/access/arrival.js'
import { FORGED } from '../../proxies/foreign-identity.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern
beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org' })
})
afterAll(() => postern.stop())

describe('GET /auth/doctor', () => {
  const get = (headers: Record<string, string>) => request(postern.server).get('/auth/doctor').set(headers)

  it('answers how the request arrived: the address as the proxy names it, and the client’s own', async () => {
    const { status, headers, body } = await get({
      Host: 'postern:8080',
      'X-Forwarded-Host': 'data.example.org',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-For': '192.0.2.7',
    })
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
    expect(body).toEqual({
      base_url: 'https://data.example.org',
      host: 'data.example.org',
      protocol: 'https',
      address: '192.0.2.7',
      identity_headers: [],
    })
  })

  it('names the identity headers that the proxy left, and repeats no value of a header', async () => {
    const { body, text } = await get({
      'X-Auth-Request-User': 'root',
      'Remote-User': 'root',
      Cookie: 'postern=gt-secret',
    })
    expect(body.identity_headers).toEqual(['X-Auth-Request-User', 'Remote-User'])
    expect(text).not.toMatch(/root|secret/)
  })

  it('knows identity headers that every shipped proxy removes, and no other', () => {
    expect(IDENTITY_HEADERS.filter((name) => !FORGED.includes(name.replaceAll('_', '-')))).toEqual([])
  })
})
