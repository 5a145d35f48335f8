import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { eventually } from '../../support/eventually.js'
import { freePort } from '../../support/run/ports.js'
import { startServer, untilReady } from '../../support/run/processes.js'

/** HAProxy before two servers, of which it asks only one that is ready. */
export interface Balancer {
  readonly url: string
  /** Waits until it takes a server, by its port, for ready. */
  isUp(port: number): Promise<void>
  stop(): Promise<void>
}

export async function startBalancer(folder: string, ports: readonly number[]): Promise<Balancer> {
  const [port, statsPort] = [await freePort(), await freePort()]
  const file = path.join(folder, 'haproxy.cfg')
  // It tries no request twice: what a server drops, the client sees.
  writeFileSync(
    file,
    `defaults
  mode http
  option http-server-close
  retries 0
  timeout check 5s
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend site
  bind 127.0.0.1:${port}
  default_backend postern
frontend stats
  bind 127.0.0.1:${statsPort}
  stats enable
  stats uri /
backend postern
  balance roundrobin
  option httpchk GET /health/ready
  http-check expect status 200
  default-server check inter 100ms fall 1 rise 1
${ports.map((each) => `  server on-${each} 127.0.0.1:${each}`).join('\n')}
`,
  )
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  const log = path.join(folder, 'haproxy.log')
  const server = startServer(['haproxy', '-db', '-f', file], { env, log, stopSignal: 'SIGTERM' })
  const states = async () => (await fetch(`http://127.0.0.1:${statsPort}/;csv`)).text()
  const says = async (each: number) => new RegExp(`^postern,on-${each},.*,UP,`, 'm').test(await states())
  await untilReady(server, async () => (await Promise.all(ports.map(says)).catch(() => [false])).every(Boolean))
  return {
    url: `http://127.0.0.1:${port}`,
    async isUp(each) {
      await eventually(() => says(each))
    },
    stop: () => server.stop(),
  }
}
