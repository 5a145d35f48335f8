import { describe, expect, it } from '@jest/globals'
import { sentence } from '../../support/clients/curl.js'
import { eventually } from '../../support/eventually.js'
import type { EchoSite } from '../../support/peers/echo-site.js'
import type { Traits } from './traits.js'

const UNCHECKED = 'Tokens cannot be checked at the moment, so nothing was let through'

/** Nothing passes unchecked, and no log holds a token. For the end: it stops the service. */
export function outages({ site, echo, token, arrived, get, getWithToken }: EchoSite, traits: Traits): void {
  describe('while something is down', () => {
    it.each([
      ['is down', () => site().relay.cut()],
      ['hangs', () => site().relay.hang()],
    ])('a service is not reached when Postern %s, and clients get the reason', async (_, breakIt) => {
      await breakIt()
      const [answer, page] = await Promise.all([getWithToken('/tap/sync', '-d', 'x=1'), get('/portal/')])
      await site().relay.mend()
      expect([answer.status, page.status, arrived()]).toEqual([503, 503, []])
      if (traits.refusals === 'sentences') {
        expect(answer.headers.get('content-type')).toEqual(['application/x-votable+xml'])
        expect(answer.headers.get('retry-after')).toEqual(['10'])
        expect(sentence(answer)).toContain(UNCHECKED)
        expect(page.body).toContain(UNCHECKED)
      }
      expect((await getWithToken('/tap/sync', '-d', 'x=1')).status).toBe(200)
    })

    it('no log holds a token, nor a query string that may hold one', async () => {
      await get(`/tap/sync?token=${token()}`, '-H', `X-Token: ${token()}`, '-H', `Referer: http://x/?t=${token()}`)
      await get(`/portal/?token=${token()}`)
      // A proxy may log a request after its answer: this is the last one.
      await eventually(() => expect(site().proxy.accessLog()).toContain('/portal/'))
      expect(site().proxy.accessLog()).toContain('/tap/sync')
      expect(site().proxy.accessLog() + site().proxy.errorLog()).not.toContain('gt-')
      expect(site().postern.logged()).not.toContain(token())
    })

    it('a service that is down is not taken for a refusal', async () => {
      await echo().stop()
      for (const path of ['/tap/sync', '/tap/capabilities']) {
        const answer = await getWithToken(path)
        expect(answer.status).toBe(503)
        if (traits.refusals === 'sentences')
          expect(sentence(answer)).toBe('The service does not answer at the moment. Try again later')
      }
    })
  })
}
