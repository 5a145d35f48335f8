import { Agent, get as httpGet } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from '@jest/globals'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'
import { traefik } from './traefik.js'

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
}

/** Of these the others have no means to bound what one address sends, or are only replayed. */
const BOUNDED: readonly ProxyName[] = ['nginx', 'envoy', 'haproxy']

describe.each(BOUNDED)('S12: %s as it is shipped, with its limits in small,', (proxy) => {
  describeWith([proxy], 'answers 429 with Retry-After', () => {
    const { url, arrived, site } = useEchoSite(proxy, { limits: 'small' })
    const agent = new Agent({ keepAlive: true, maxSockets: 20 })
    afterAll(() => agent.destroy())

    const get = (path: string) =>
      new Promise<Answer>((resolve, reject) => {
        httpGet(`${url()}${path}`, { agent }, (response) => {
          text(response).then(
            (body) => resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body }),
            reject,
          )
        }).on('error', reject)
      })

    it.each([
      // The proxy was asked before, until it answered.
      ['Postern’s own pages', '/auth/static/none', 60, 15, /<!doctype html>/],
      ['a service', '/tap/capabilities', 200, 20, /<VOTABLE/],
    ])('to an address that floods %s, and sends on no such request', async (_what, path, count, atLeast, form) => {
      const asked: unknown[] = []
      const listen = () => asked.push(path)
      site().postern.server.on('request', listen)
      const answers = await Promise.all(Array.from({ length: count }, () => get(path)))
      site().postern.server.off('request', listen)
      const shed = answers.filter(({ status }) => status === 429)
      expect(answers.length - shed.length).toBeGreaterThan(atLeast - 1)
      expect(shed.length).toBeGreaterThan(0)
      expect(new Set(shed.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['5']))
      expect(asked.length + arrived().length).toBe(answers.length - shed.length)
      if (proxy === 'envoy') return
      expect(shed[0]?.body).toMatch(form)
      expect(shed[0]?.body).toContain('Too many requests came from your address')
    })
  })
})

it('S12: Traefik’s file bounds requests of an address, and those at a time, before it asks for a check', () => {
  for (const { middlewares, service } of Object.values(traefik.routers))
    expect(middlewares.slice(0, 2)).toEqual(['at-a-time', service === 'postern' ? 'page-requests' : 'requests'])
})
