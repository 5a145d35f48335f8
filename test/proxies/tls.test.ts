import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { openBrowser } from '../browser/support/chromium.js'
import { postern } from '../operate/cli/executable.js'
import { describeWith } from '../support/run/requires.js'
import type { ProxyName } from '../support/site.js'
import { useTlsSite } from '../support/tls-site.js'

const SIZE = 3_000_000

const PROXIES: readonly ProxyName[] = ['nginx', 'caddy', 'newCaddy', 'envoy', 'haproxy']

describe.each(PROXIES)('With TLS, %s', (name) => {
  describeWith([name, 'curl'], 'as it is shipped', () => {
    const { desk, url, plainPort, certificate, postern: gate, echo, token, arrived } = useTlsSite(name)

    /** Status, version of HTTP and where it leads. */
    const ask = async (...words: string[]) => {
      const format = '%{http_code} %{http_version} %{redirect_url}'
      const quiet = ['curl', '--silent', '--insecure', '--output', '/dev/null', '--write-out', format]
      return (await desk().run([...quiet, ...words])).stdout.split(' ')
    }

    it('leads from http:// to the same address at https://', async () => {
      const [status, , location] = await ask(`http://127.0.0.1:${plainPort()}/portal/stars?a=1&b=2`)
      expect(['301', '303', '308']).toContain(status)
      expect(location).toBe(`${url()}/portal/stars?a=1&b=2`)
    })

    it.each([
      ['1.1', 'of a known length', ['--http1.1']],
      ['1.1', 'in pieces', ['--http1.1', '-H', 'Transfer-Encoding: chunked']],
      ['2', 'of a known length', ['--http2']],
      ['2', 'of an unknown length', ['--http2', '-H', 'Content-Length:']],
    ])('takes a large body over HTTP/%s, %s', async (version, _how, words) => {
      const upload = desk().file('upload', 'x'.repeat(SIZE))
      const credential = ['--oauth2-bearer', token(), '--data-binary', `@${upload}`]
      const [status, used] = await ask(...words, ...credential, `${url()}/tap/sync`)
      expect([status, used, arrived().at(-1)?.length]).toEqual(['200', version, SIZE])
      expect(arrived().at(-1)?.headers).toMatchObject({
        'x-forwarded-proto': 'https',
        'x-auth-request-user': 'ada',
      })
    })

    describeWith(['chromium'], 'in a browser', () => {
      let browser: Browser
      beforeAll(async () => {
        browser = await openBrowser()
      })
      afterAll(() => browser?.close())

      it('lets the pages of a signed-in user open WebSockets, and those of another site none', async () => {
        const { settings } = gate().context
        const context = await browser.newContext({ ignoreHTTPSErrors: true })
        const session = { name: settings.cookies.session, value: await gate().session('ada'), url: url() }
        await context.addCookies([{ ...session, secure: true, httpOnly: true, sameSite: 'Lax' }])
        const page = await context.newPage()
        await page.goto(`${url()}/portal/`)
        const socket = `${url().replace('https', 'wss')}/portal/ws`
        expect(await page.evaluate(opened, socket)).toBe('open')
        expect(arrived().at(-1)).toMatchObject({ url: '/portal/ws', headers: { 'x-auth-request-user': 'ada' } })
        const before = arrived().length
        await page.goto(`http://localhost:${echo().port}/`)
        expect(await page.evaluate(opened, socket)).toBe('error')
        expect(
          arrived()
            .slice(before)
            .map((arrival) => arrival.url),
        ).not.toContain('/portal/ws')
        await context.close()
      })
    })

    describe('postern doctor', () => {
      const asked = () => ['doctor', url(), '--service', '/portal/headers', '--websocket', '/portal/ws']

      it.each([
        ['in the environment', (text: string) => ({ environment: { POSTERN_TOKEN: text }, words: [], input: '' })],
        ['at standard input', (text: string) => ({ environment: {}, words: ['--token-stdin'], input: `${text}\n` })],
      ])('finds nothing, with a token %s', async (_where, give) => {
        const { environment, words, input } = give(token())
        const authority = { NODE_EXTRA_CA_CERTS: certificate(), ...environment }
        const { code, output } = await postern(authority, [...asked(), ...words], input)
        expect(output).not.toMatch(/^(?:WARNING|-) /m)
        expect(output).toMatch(/^ok +Certificate +valid until 20/m)
        expect(output).toMatch(/^ok +HSTS +max-age=31536000/m)
        expect(output).toMatch(/^ok +WebSocket +opens at \/portal\/ws$/m)
        expect([code, output.includes(token())]).toEqual([0, false])
      })

      it('sends the token to no site whose certificate it does not trust', async () => {
        const { code, output } = await postern({ POSTERN_TOKEN: token() }, asked())
        expect(output).toMatch(/^WARNING +Certificate +not trusted \((?:DEPTH_ZERO_)?SELF_SIGNED_CERT/m)
        expect([code, arrived()]).toEqual([1, []])
      })
    })
  })
})

/** Opens a WebSocket from a page. */
function opened(address: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(address)
    for (const outcome of ['open', 'error']) socket.addEventListener(outcome, () => resolve(outcome))
  })
}

describe('postern doctor', () => {
  it.each([['gopher://data.example.org'], ['data.example.org'], ['https://ada:secret@data.example.org']])(
    'asks no %s',
    async (address) => {
      const { code, output } = await postern({}, ['doctor', address])
      expect([code, output]).toEqual([1, expect.stringContaining('Give an address such as https://')])
    },
  )
})
