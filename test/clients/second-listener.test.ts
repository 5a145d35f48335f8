import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { curl } from '../support/clients/curl.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { startCaddy } from '../support/proxies/caddy.js'
import { startHaproxy } from '../support/proxies/haproxy.js'
import { startNginx } from '../support/proxies/nginx.js'
import type { RunningProxy } from '../support/proxies/proxy.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { temporaryFolder, unprivilegedUser } from '../support/run/unprivileged.js'

const START = { nginx: startNginx, caddy: startCaddy, haproxy: startHaproxy }

describe.each(['nginx', 'caddy', 'haproxy'] as const)('With a second listener, a Unix socket, %s', (name) => {
  describeWith([name, 'curl'], 'as it is shipped', () => {
    let postern: RunningPostern
    let listener: Server
    let echo: Echo
    let proxy: RunningProxy
    let desk: Desk
    let token: string
    let folder: string
    const through: string[] = []

    beforeAll(async () => {
      const port = await freePort()
      desk = openDesk()
      echo = await startEcho()
      postern = await startPostern({ baseUrl: `http://127.0.0.1:${port}` })
      token = await postern.token('ada')
      listener = createServer((request, response) => {
        through.push(request.url ?? '')
        postern.server.emit('request', request, response)
      })
      folder = temporaryFolder('listener', await unprivilegedUser())
      const checksSocket = join(folder, 'checks.sock')
      await once(listener.listen(checksSocket), 'listening')
      chmodSync(checksSocket, 0o666)
      const services = { posternPort: await freePort(), tapPort: echo.port, portalPort: echo.port }
      proxy = await START[name]({ port, checksSocket, ...services })
    })

    afterAll(async () => {
      desk?.clear()
      await proxy?.stop()
      listener?.closeAllConnections()
      listener?.close()
      await echo?.stop()
      await postern?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    it('sends checks there, and still forwards the address of the client', async () => {
      const answer = await curl(
        desk,
        '--oauth2-bearer',
        token,
        '-H',
        'X-Forwarded-For: 6.6.6.6',
        `${proxy.url}/tap/sync`,
      )
      expect(answer.status).toBe(200)
      expect((await curl(desk, `${proxy.url}/tap/sync`)).status).toBe(401)
      expect(through).toHaveLength(2)
      expect(echo.arrivals).toMatchObject([{ headers: { 'x-auth-request-user': 'ada' } }])
      expect(postern.logged()).toContain('"remoteIp":"127.0.0.1"')
      expect(postern.logged()).not.toContain('6.6.6.6')
    })
  })
})
