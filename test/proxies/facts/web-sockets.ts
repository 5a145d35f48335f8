import { get } from 'node:http'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { exchange, statuses } from '../../support/clients/wire.js'
import type { EchoSite } from '../../support/peers/echo-site.js'
import { OPENINGS } from '../web-socket-openings.js'
import type { Traits } from './traits.js'

/** WebSockets pass, of the site's own pages and of clients with a token. */
export function webSockets({ url, site, token, weakToken, arrived }: EchoSite, { withoutKey }: Traits): void {
  describe('a WebSocket', () => {
    let session: string
    beforeAll(async () => {
      session = await site().postern.session('ada')
    })

    const open = (path: string, headers: Readonly<Record<string, string>>) => {
      const { port } = new URL(url())
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.replace('OURS', url())}`)
      const opening = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...lines, 'Connection: Upgrade']
      return exchange(Number(port), `${opening.join('\r\n')}\r\n\r\n`)
    }

    it.each(OPENINGS)(
      'of a page of %s with a session, shown by %s, opens: %s',
      async (_page, _shown, opens, headers) => {
        const answer = await open('/portal/ws', { ...headers, cookie: `postern=${session}` })
        if (withoutKey === 'refused' && !('sec-websocket-key' in headers))
          return expect([statuses(answer), arrived()]).toEqual([[400], []])
        // No redirect to the sign-in page, which no WebSocket follows.
        const admitted = 'sec-websocket-key' in headers ? 101 : 200
        expect(statuses(answer)[0]).toBe(opens ? admitted : 401)
        expect(arrived().map((each) => each.headers['x-auth-request-user'])).toEqual(opens ? ['ada'] : [])
      },
    )

    it.each(['/portal/ws', '/tap/ws', '/images/ws'])(
      'of a client with a token opens at %s, and carries what is sent',
      async (path) => {
        const credential = path.startsWith('/images') ? weakToken() : token()
        const opening = {
          upgrade: 'websocket',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-version': '13',
        }
        const headers = { ...opening, connection: 'Upgrade', authorization: `Bearer ${credential}` }
        expect(await echoed(`${url()}${path}`, headers)).toBe('there and back')
        expect(arrived()[0]?.headers).toMatchObject({ upgrade: 'websocket', 'x-auth-request-user': 'ada' })
        expect(arrived()[0]?.headers).not.toHaveProperty('authorization')
      },
    )

    it('is all that a connection is turned into', async () => {
      // Attack: with HTTP/2 through a tunnel a client asks the service for what it likes, and no check hears of it.
      const h2c = { upgrade: 'h2c', 'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA', authorization: `Bearer ${token()}` }
      const answer = await open('/tap/sync', h2c)
      expect(statuses(answer)).not.toContain(101)
      for (const { headers } of arrived()) expect(headers).not.toHaveProperty('upgrade')
    })
  })
}

/** Opens a WebSocket, and gives back the first that comes through it. */
function echoed(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, ({ statusCode }) => reject(new Error(`answered ${statusCode}`)))
    request.on('error', reject).on('upgrade', (_response, socket) => {
      socket.once('data', (data) => {
        socket.destroy()
        resolve(String(data))
      })
      socket.write('there and back')
    })
  })
}
