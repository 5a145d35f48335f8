import { describe, expect, it } from '@jest/globals'
import { exchange, statuses } from '../../support/clients/wire.js'
import type { EchoSite } from '../../support/peers/echo-site.js'
import type { Traits } from './traits.js'

/** Behind a proxy that answers for every host: none but the site's own is believed. */
export function otherNames({ url, arrived, get, getWithToken }: EchoSite): void {
  describe('a request for another host', () => {
    const page = ['-H', 'Accept: text/html']

    it('is led to the site, before a browser is asked for a password', async () => {
      const { status, headers } = await get('/login?rd=/auth/tokens', ...page, '-H', 'Host: localhost')
      expect([status, headers.get('location')]).toEqual([303, [`${url()}/login?rd=/auth/tokens`]])
      // To a browser of another machine 127.0.0.1 is itself.
      const elsewhere = await get('/login', ...page, '-H', 'Host: data.example.org')
      expect([elsewhere.status, elsewhere.body]).toEqual([421, expect.stringContaining(`this site is ${url()}.`)])
      expect(elsewhere.body).not.toContain('type="password"')
      const lied = await get('/login', ...page, '-H', 'X-Forwarded-Host: evil.example', '-H', 'X-Forwarded-Proto: ftp')
      expect(lied.status).toBe(200)
    })

    it('makes no link, and is not what a service is told', async () => {
      const { host } = new URL(url())
      const lies = ['-H', 'Host: evil.example', '-H', 'X-Forwarded-Host: evil.example']
      const { headers } = await get('/portal/', ...lies, '-H', 'Sec-Fetch-Mode: navigate')
      expect(headers.get('location')?.[0]).toMatch(`${url()}/login?`)
      await getWithToken('/tap/sync', ...lies)
      expect(arrived()[0]?.headers).toMatchObject({ host, 'x-forwarded-host': host })
    })
  })
}

/** Behind every proxy: a client writes a whole address into the first line of its request (RFC 9112 §3.2.2). */
export function wholeAddresses({ url, token, arrived }: EchoSite, { wholeAddress }: Traits): void {
  it('a whole address in the first line names no other site to a service', async () => {
    const { host, port } = new URL(url())
    const ask = (address: string, named: string) => {
      const lines = [
        `GET ${address} HTTP/1.1`,
        `Host: ${named}`,
        `Authorization: Bearer ${token()}`,
        'Connection: close',
      ]
      return exchange(Number(port), `${lines.join('\r\n')}\r\n\r\n`)
    }
    const heard = () => arrived().map((each) => `${each.url} ${each.headers.host}`)
    const passed = wholeAddress === 'path' ? [`/tap/sync?a=1 ${host}`] : []
    expect(statuses(await ask(`http://${host}/tap/sync?a=1`, host))).toEqual([wholeAddress === 'path' ? 200 : 400])
    expect(heard()).toEqual(passed)
    for (const named of [host, 'evil.example']) await ask('http://evil.example/tap/sync?a=1', named)
    expect([...new Set(heard())]).toEqual(passed)
  })
}

/** Behind a proxy that answers for the site's own host alone, and leads there from every other. */
export function ledByProxy({ url, token, arrived, get }: EchoSite): void {
  it('a request for another host is led to the site by the proxy, and reaches nothing', async () => {
    for (const host of ['localhost', '192.0.2.1', 'evil.example', '127.0.0.1.evil.example'])
      for (const path of ['/login?rd=/auth/tokens', '/tap/sync', '/ingress/auth?scope=read:tap']) {
        const { status, headers } = await get(path, '--oauth2-bearer', token(), '-H', `Host: ${host}`)
        expect([status, headers.get('location')]).toEqual([303, [`${url()}${path}`]])
      }
    expect(arrived()).toEqual([])
  })
}
