import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { postern } from '../operate/cli/executable.js'
import { type Desk, openDesk } from '../support/clients/client.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import type { RunningProxy } from '../support/proxies/proxy.js'
import { freePort } from '../support/run/ports.js'
import { runOrFail } from '../support/run/processes.js'
import { describeWith } from '../support/run/requires.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../support/run/unprivileged.js'
import { type ProxyName, START } from '../support/site.js'

const SIZE = 3_000_000

const PROXIES: readonly ProxyName[] = ['nginx', 'caddy', 'newCaddy', 'envoy', 'haproxy']

describe.each(PROXIES)('With TLS, %s', (name) => {
  describeWith([name, 'curl'], 'as it is shipped', () => {
    let echo: Echo
    let gate: RunningPostern
    let proxy: RunningProxy
    let desk: Desk
    let plainPort: number
    let token: string
    let certificate: string

    beforeAll(async () => {
      const port = await freePort()
      plainPort = await freePort()
      const user = await unprivilegedUser()
      const folder = temporaryFolder('certificate', user)
      const key = join(folder, 'site.key')
      certificate = join(folder, 'site.pem')
      const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
      const files = ['-keyout', key, '-out', certificate]
      await runOrFail(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files])
      handOver(folder, user)
      desk = openDesk()
      echo = await startEcho()
      gate = await startPostern({
        baseUrl: `https://127.0.0.1:${port}`,
        settings: { groupMapping: { 'exec:portal': ['users'], 'read:tap': ['users'] } },
      })
      token = await gate.token('ada', { scopes: ['read:tap', 'exec:portal'] })
      const ports = { port, posternPort: gate.port, tapPort: echo.port, portalPort: echo.port }
      proxy = await START[name]({ ...ports, tls: { certificate, key, plainPort } })
    }, 120_000)

    afterAll(async () => {
      desk?.clear()
      await proxy?.stop()
      await gate?.stop()
      await echo?.stop()
    })

    /** Status, version of HTTP and where it leads. */
    const ask = async (...words: string[]) => {
      const format = '%{http_code} %{http_version} %{redirect_url}'
      const quiet = ['curl', '--silent', '--insecure', '--output', '/dev/null', '--write-out', format]
      return (await desk.run([...quiet, ...words])).stdout.split(' ')
    }

    it('leads from http:// to the same address at https://', async () => {
      const [status, , location] = await ask(`http://127.0.0.1:${plainPort}/portal/stars?a=1&b=2`)
      expect(['301', '303', '308']).toContain(status)
      expect(location).toBe(`${proxy.url}/portal/stars?a=1&b=2`)
    })

    it.each([
      ['1.1', 'of a known length', ['--http1.1']],
      ['1.1', 'in pieces', ['--http1.1', '-H', 'Transfer-Encoding: chunked']],
      ['2', 'of a known length', ['--http2']],
      ['2', 'of an unknown length', ['--http2', '-H', 'Content-Length:']],
    ])('takes a large body over HTTP/%s, %s', async (version, _how, words) => {
      const upload = desk.file('upload', 'x'.repeat(SIZE))
      const credential = ['--oauth2-bearer', token, '--data-binary', `@${upload}`]
      const [status, used] = await ask(...words, ...credential, `${proxy.url}/tap/sync`)
      expect([status, used, echo.arrivals.at(-1)?.length]).toEqual(['200', version, SIZE])
      expect(echo.arrivals.at(-1)?.headers).toMatchObject({
        'x-forwarded-proto': 'https',
        'x-auth-request-user': 'ada',
      })
    })
    describe('postern doctor', () => {
      const asked = () => ['doctor', proxy.url, '--service', '/portal/headers', '--websocket', '/portal/ws']

      it.each([
        ['in the environment', (text: string) => ({ environment: { POSTERN_TOKEN: text }, words: [], input: '' })],
        ['at standard input', (text: string) => ({ environment: {}, words: ['--token-stdin'], input: `${text}\n` })],
      ])('finds nothing, with a token %s', async (_where, give) => {
        const { environment, words, input } = give(token)
        const authority = { NODE_EXTRA_CA_CERTS: certificate, ...environment }
        const { code, output } = await postern(authority, [...asked(), ...words], input)
        expect(output).not.toMatch(/^(?:WARNING|-) /m)
        expect(output).toMatch(/^ok +Certificate +valid until 20/m)
        expect(output).toMatch(/^ok +HSTS +max-age=31536000/m)
        expect(output).toMatch(/^ok +WebSocket +opens at \/portal\/ws$/m)
        expect([code, output.includes(token)]).toEqual([0, false])
      })

      it('sends the token to no site whose certificate it does not trust', async () => {
        const before = echo.arrivals.length
        const { code, output } = await postern({ POSTERN_TOKEN: token }, asked())
        expect(output).toMatch(/^WARNING +Certificate +not trusted \((?:DEPTH_ZERO_)?SELF_SIGNED_CERT/m)
        expect([code, echo.arrivals.length]).toEqual([1, before])
      })
    })
  })
})

describe('postern doctor', () => {
  it.each([['gopher://data.example.org'], ['data.example.org'], ['https://ada:secret@data.example.org']])(
    'asks no %s',
    async (address) => {
      const { code, output } = await postern({}, ['doctor', address])
      expect([code, output]).toEqual([1, expect.stringContaining('Give an address such as https://')])
    },
  )
})
