import { describe, expect, it } from '@jest/globals'
import { exchange, statuses } from '../support/clients/wire.js'
import type { Arrival } from '../support/peers/echo.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'
import { CORPUS } from './corpus.js'

const PROXIES: readonly ProxyName[] = ['nginx', 'caddy', 'haproxy']

describe.each(PROXIES)('%s', (proxy) => {
  describeWith([proxy, 'curl'], 'as it is shipped, lets nothing be smuggled by', () => {
    const { url, site, token, arrived } = useEchoSite(proxy)
    const port = () => Number(new URL(url()).port)

    it.each(CORPUS)('$name', async ({ never, bytes, outcome }) => {
      // To what is refused a proxy may say nothing at all.
      const patience = outcome === 'passes' ? {} : { withinMs: 4_000 }
      const answer = await exchange(port(), bytes({ host: `127.0.0.1:${port()}`, token: token() }), patience)
      const shown = `${answer.slice(0, 400)}\n${JSON.stringify(arrived(), null, 1)}`

      for (const arrival of arrived()) {
        const seen = [arrival.method, arrival.url, ...arrival.lines, ...arrival.trailers].join('\n')
        for (const word of never) if (seen.includes(word)) throw new Error(`${word} got through:\n${shown}`)
        expect({ wrong: wrongIn(arrival), shown }).toEqual({ wrong: [], shown })
        expect(arrival.lines.concat(arrival.trailers).join('\n')).not.toContain(token())
      }
      if (outcome === 'refused') expect(arrived()).toEqual([])
      if (outcome === 'passes') expect(arrived()).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
      expect(statuses(answer)).not.toContain(500)
      expect(answer).not.toMatch(/^x-auth-request/im)
    })

    it('and after all this lets an honest request pass', async () => {
      const honest = `GET /tap/sync HTTP/1.1\r\nHost: 127.0.0.1:${port()}\r\nAuthorization: Bearer ${token()}\r\nConnection: close\r\n\r\n`
      expect(statuses(await exchange(port(), honest))).toEqual([200])
      expect(arrived()).toMatchObject([{ url: '/tap/sync', headers: { 'x-auth-request-user': 'ada' } }])
    })

    it('and writes no token into the access log', () => {
      expect(site().proxy.accessLog()).toContain('/tap/sync')
      expect(site().proxy.accessLog()).not.toContain(token())
      expect(site().postern.logged()).not.toContain(token())
    })
  })
})

/** What each identity header may say: who Ada is, or nothing; where everybody may read, that it is nobody. */
const IDENTITY: Readonly<Record<string, string>> = {
  'x-auth-request-user': 'ada',
  'x-auth-request-email': 'ada@example.org',
  'x-auth-request-service': '',
  'x-auth-request-token': '',
  'x-auth-request-anonymous': 'true',
}

/** What the most gullible service would get wrong about a request. */
function wrongIn({ url, lines, trailers }: Arrival): string[] {
  const headers = [...lines, ...trailers].map((line) => {
    const [name = '', value = ''] = line.split(/: (.*)/s)
    return [name.toLowerCase().replace(/[^a-z0-9]/g, '-'), value] as const
  })
  const all = (wanted: string) => headers.filter(([name]) => name === wanted).map(([, value]) => value)

  const forged = headers.filter(([name, value]) => name in IDENTITY && value !== '' && value !== IDENTITY[name])
  const users = all('x-auth-request-user').filter((user) => user !== '')
  const open = isPublic(url)
  return [
    ...forged.map(([name, value]) => `${name} is ${value}`),
    ...(users.length > 1 ? ['it has two users'] : []),
    ...(users.length > 0 && all('x-auth-request-anonymous').includes('true') ? ['somebody is nobody'] : []),
    ...(users.length === 0 && !open ? [`${url} is nobody's`] : []),
    ...(all('x-forwarded-for').join() === '127.0.0.1' ? [] : ['it comes from elsewhere']),
    ...(all('host').length === 1 ? [] : ['it is for several hosts']),
    ...['forwarded', 'x-original-url', 'x-rewrite-url'].filter((name) => all(name).length > 0),
  ]
}

const OPEN = /^\/(?:tap|__system__\/tap\/run)\/(?:capabilities|availability|tables|examples)(?:\/|$)/

/** Whether a path is public however it is read: as it stands, or decoded again and again, in Java's or in Windows' way. */
function isPublic(url: string): boolean {
  const [path = ''] = url.split(/[?#]/)
  const decoded = decodeFully(path)
  const readings = [path, decoded, decoded.replaceAll('\\', '/'), decoded.replaceAll('\\', '/').replace(/;[^/]*/g, '')]
  return readings
    .flatMap((each) => [each, new URL(`http://x${each.replace(/\/+/g, '/').replaceAll('?', '%3F')}`).pathname])
    .every((each) => OPEN.test(each) && !/sync/.test(each))
}

function decodeFully(path: string): string {
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return decoded === path ? path : decodeFully(decoded)
}
