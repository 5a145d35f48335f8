import { describe, expect, it } from '@jest/globals'
import { sentence } from '../support/clients/curl.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'

const PROXIES: readonly ProxyName[] = ['nginx', 'caddy', 'haproxy']

describe.each(PROXIES)('Behind %s', (proxy) => {
  describeWith([proxy, 'curl'], 'a service with a quota', () => {
    const settings = { quota: { default: { api: { tap: 2 } } } }
    const { site, arrived, get } = useEchoSite(proxy, { settings })

    it('gives clients the remaining requests, and when to retry', async () => {
      const token = await site().postern.token('grace')
      const ask = () => get('/tap/sync', '--oauth2-bearer', token)

      const first = await ask()
      expect(first.status).toBe(200)
      expect(first.headers.get('x-ratelimit-limit')).toEqual(['2'])
      expect(first.headers.get('x-ratelimit-remaining')).toEqual(['1'])
      expect(first.headers.get('x-ratelimit-resource')).toEqual(['tap'])
      await ask()

      const refused = await ask()
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toEqual([expect.stringMatching(/GMT$/)])
      expect(refused.headers.get('x-ratelimit-remaining')).toEqual(['0'])
      expect(refused.headers.get('x-ratelimit-reset')).toEqual([expect.stringMatching(/^\d+$/)])
      expect(sentence(refused)).toBe('You have sent too many requests. Wait a minute, then try again')
      expect(arrived()).toHaveLength(2)
    })

    it('is not reported to anonymous clients', async () => {
      const answer = await get('/tap/sync')
      expect(answer.status).toBe(401)
      expect([...answer.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([])
    })

    it('refuses OPTIONS that are no preflight as not found', async () => {
      const answer = await get('/tap/sync', '-X', 'OPTIONS')
      expect(answer.status).toBe(404)
      expect(sentence(answer)).toBe('Nothing here answers this kind of request')
      expect(arrived()).toEqual([])
    })
  })
})
