import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { startNginx } from '../support/proxies/nginx.js'
import type { RunningProxy } from '../support/proxies/proxy.js'
import { freePort } from '../support/run/ports.js'
import { runOrFail } from '../support/run/processes.js'
import { describeWith } from '../support/run/requires.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../support/run/unprivileged.js'

const SIZE = 3_000_000

describeWith(['nginx', 'curl'], 'nginx as it is shipped, with its lines for TLS,', () => {
  let echo: Echo
  let postern: RunningPostern
  let proxy: RunningProxy
  let desk: Desk
  let plainPort: number
  let token: string

  beforeAll(async () => {
    const port = await freePort()
    plainPort = await freePort()
    const user = await unprivilegedUser()
    const folder = temporaryFolder('certificate', user)
    const [certificate, key] = [join(folder, 'site.pem'), join(folder, 'site.key')]
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', key, '-out', certificate]
    await runOrFail(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files])
    handOver(folder, user)
    desk = openDesk()
    echo = await startEcho()
    postern = await startPostern({ baseUrl: `https://127.0.0.1:${port}` })
    token = await postern.token('ada')
    const ports = { port, posternPort: postern.port, tapPort: echo.port, portalPort: echo.port }
    proxy = await startNginx({ ...ports, tls: { certificate, key, plainPort } })
  }, 120_000)

  afterAll(async () => {
    desk?.clear()
    await proxy?.stop()
    await postern?.stop()
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
    expect([status, location]).toEqual(['301', `${proxy.url}/portal/stars?a=1&b=2`])
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
    expect(echo.arrivals.at(-1)?.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-auth-request-user': 'ada' })
  })
})
