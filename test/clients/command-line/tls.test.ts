import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../../support/clients/client.js'
import { runOrFail } from '../../support/run/processes.js'
import { describeWith } from '../../support/run/requires.js'
import { temporaryFolder } from '../../support/run/unprivileged.js'
import { PROGRAMS } from './support/programs.js'
import { type QuickSite, startQuickSite } from './support/quick-site.js'

describeWith(['python'], 'The command line for users, at a site with TLS', () => {
  let folder: string
  let certificate: string
  let site: QuickSite
  let proxy: Server
  let desk: Desk
  const through: (string | undefined)[] = []

  beforeAll(async () => {
    folder = temporaryFolder('certificate')
    certificate = path.join(folder, 'site.pem')
    const key = path.join(folder, 'site.key')
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', key, '-out', certificate]
    await runOrFail(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files])
    site = await startQuickSite({ key: readFileSync(key, 'utf8'), cert: readFileSync(certificate, 'utf8') })
    proxy = createServer().listen(0, '127.0.0.1')
    proxy.on('connect', (request, client) => {
      through.push(request.headers['proxy-authorization'])
      const [host, port] = (request.url ?? '').split(':')
      const behind = connect(Number(port), host, () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
      // A client that is done may reset its connection.
      for (const each of [client, behind]) each.on('error', () => each.destroy())
      client.pipe(behind).pipe(client)
    })
    await once(proxy, 'listening')
  })
  beforeEach(() => {
    desk?.clear()
    desk = openDesk()
    site.asked.length = 0
    through.length = 0
  })
  afterAll(() => {
    site.stop()
    proxy.close()
    desk.clear()
    rmSync(folder, { recursive: true })
  })

  /** Each program's own name for a file of certificates. */
  const trusting = () => ({ SSL_CERT_FILE: certificate, NODE_EXTRA_CA_CERTS: certificate })
  const proxied = () => ({ https_proxy: `http://ada:pass%20word@127.0.0.1:${(proxy.address() as AddressInfo).port}` })

  describe.each(PROGRAMS)('$name', ({ command }) => {
    it('sends nothing to a site whose certificate no trusted authority has signed', async () => {
      const ended = await desk.run([...command, 'login', site.url])
      expect(ended).toMatchObject({ code: 4, stderr: expect.stringContaining('cannot be reached') })
      expect(site.asked).toEqual([])
    })

    it('signs in there through a proxy, or past it, as the environment says', async () => {
      const login = (env: Record<string, string>) =>
        desk.run([...command, 'login', site.url], { ...trusting(), ...env })
      expect((await login(proxied())).code).toBe(0)
      const expected = `Basic ${Buffer.from('ada:pass word').toString('base64')}`
      expect(through).toEqual([expected, expected])
      expect((await login({ ...proxied(), no_proxy: 'example.org, 127.0.0.1' })).code).toBe(0)
      expect(through).toHaveLength(2)
    })
  })
})
