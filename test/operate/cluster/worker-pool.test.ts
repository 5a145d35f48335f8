import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startLoad } from '../../support/clients/load.js'
import { eventually } from '../../support/eventually.js'
import { startEcho } from '../../support/peers/echo.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { startNginx } from '../../support/proxies/nginx.js'
import { freePort } from '../../support/run/ports.js'
import { describeWith } from '../../support/run/requires.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { emptyFolder, isAlive, removeFolders, type Started, startServer } from '../cli/executable.js'

const SECRET = 'a secret of at least thirty-two characters'
const running: Started[] = []
/** Beside the servers, on the same stores: makes tokens, and looks into the stores. */
let beside: RunningPostern
let environment: Record<string, string>
let headers: Record<string, string>

beforeAll(async () => {
  const [databaseUrl, redisUrl] = [await freshDatabase(), await freshRedis()]
  beside = await startPostern({ databaseUrl, redisUrl, secret: SECRET })
  environment = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, POSTERN_SECRET: SECRET }
  headers = { ...ASKED, Authorization: `Bearer ${await beside.token('ada')}` }
})
afterAll(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL')
    await ended()
  }
  await beside.stop()
  removeFolders()
})

interface Served extends Started {
  readonly port: number
  readonly url: string
}

async function serve(more: Record<string, string> = {}): Promise<Served> {
  const port = await freePort()
  const started = startServer({ ...environment, POSTERN_DATA: emptyFolder(), POSTERN_PORT: String(port), ...more })
  running.push(started)
  await started.printed(/Postern is at/)
  return { ...started, port, url: `http://127.0.0.1:${port}` }
}

const TWO = { POSTERN_WORKERS: '2', POSTERN_STOP_GRACE: '0' }

/** The workers that were started so far, oldest first. */
const workersOf = ({ output }: Started) =>
  [...output().matchAll(/"worker":(\d+),"pid":(\d+),"msg":"Worker ready"/g)].map(([, , pid]) => Number(pid))

/** Workers start slowly on a busy machine: each may take until the pool itself gives up on it. */
const UNTIL_STARTED = { withinMs: 150_000, everyMs: 50 }

/** Restarts all workers, while requests go on. */
async function restart(server: Started, answered: () => number): Promise<void> {
  const { length } = server.output().match(/Workers restarted/g) ?? []
  const before = answered()
  server.child.kill('SIGUSR2')
  await eventually(() => (server.output().match(/Workers restarted/g) ?? []).length > length, UNTIL_STARTED)
  await eventually(() => answered() > before + 200, UNTIL_STARTED)
}

// Each process loads all of Postern, so that one pool serves for these, from its start to its end.
describe('several workers', () => {
  let server: Served
  let proxyPort: number
  const check = async () => (await fetch(`${server.url}/ingress/auth`, { headers })).status
  /** Does away with a worker, and waits for another in its place. */
  const replaced = async (signal: NodeJS.Signals) => {
    const [pid = 0] = workersOf(server).filter(isAlive)
    const { length } = workersOf(server)
    process.kill(pid, signal)
    await eventually(() => workersOf(server).length > length, UNTIL_STARTED)
    return pid
  }

  beforeAll(async () => {
    proxyPort = await freePort()
    // Longer than a busy machine keeps one of the clients waiting.
    server = await serve({ ...TWO, POSTERN_STOP_GRACE: '5s', POSTERN_BASE_URL: `http://127.0.0.1:${proxyPort}` })
  })

  it('drop no request while they are restarted, twice', async () => {
    const load = startLoad(`${server.url}/ingress/auth?scope=read:tap`, headers)
    const first = workersOf(server)
    await restart(server, load.answered)
    await restart(server, load.answered)
    expect(await load.stop()).toEqual([])
    const last = workersOf(server).slice(-2)
    expect(last.filter((pid) => first.includes(pid))).toEqual([])
    expect(workersOf(server)).toHaveLength(6)
  })

  describeWith(['nginx'], 'behind nginx', () => {
    it('drop no request while they are restarted', async () => {
      const echo = await startEcho()
      // One address sends all of the load here.
      const ports = { port: proxyPort, posternPort: server.port, tapPort: echo.port, portalPort: echo.port }
      const proxy = await startNginx({ ...ports, limits: false })
      try {
        const load = startLoad(`${proxy.url}/tap/sync`, headers)
        await restart(server, load.answered)
        expect(await load.stop()).toEqual([])
      } finally {
        await proxy.stop()
        await echo.stop()
      }
    })
  })

  it('are replaced when they die, and say which of them a line is from', async () => {
    await replaced('SIGKILL')
    expect(await check()).toBe(200)
    await fetch(`${server.url}/ingress/auth`, { headers: { ...ASKED, Authorization: 'Bearer gt-x' } })
    await server.printed(/"worker":\d+,"code":"invalid_token"/)
  })

  it('are replaced when they hang, too: a request that is handed to one would never be answered', async () => {
    const hung = await replaced('SIGSTOP')
    await server.printed(new RegExp(`"pid":${hung},"msg":"Worker hung; killed"`))
    for (let count = 0; count < 4; count++) expect(await check()).toBe(200)
  })

  it('drop no request while they stop, and write down the last uses before they end', async () => {
    const grace = { ...ASKED, Authorization: `Bearer ${await beside.token('grace')}` }
    const load = startLoad(`${server.url}/ingress/auth?scope=read:tap`, headers)
    for (let count = 0; count < 5; count++) {
      expect((await fetch(`${server.url}/ingress/auth`, { headers: grace })).status).toBe(200)
    }
    // A load balancer goes on for a while, until it has looked.
    server.child.kill('SIGTERM')
    const ready = async () => (await fetch(`${server.url}/health/ready`)).status
    await eventually(async () => (await ready()) !== 200, { everyMs: 10 })
    const before = load.answered()
    await eventually(() => load.answered() > before + 20, UNTIL_STARTED)
    expect(await load.stop()).toEqual([])
    expect(await server.ended()).toBe(0)
    const { rows } = await beside.context.postgres.pool.query(
      `SELECT sum(count)::int AS uses FROM token_use WHERE username = 'grace'`,
    )
    expect(rows).toEqual([{ uses: 5 }])
  })
})

describe('the workers of a pool', () => {
  it('end with their primary, however it ends; the next pool takes over its port and its Unix socket', async () => {
    const socketPath = path.join(path.dirname(emptyFolder()), 'postern.sock')
    const inside = { ...TWO, POSTERN_INTERNAL_LISTEN: `unix:${socketPath}` }
    const server = await serve(inside)
    const workers = workersOf(server)
    server.child.kill('SIGKILL')
    await server.ended()
    await eventually(() => workers.every((pid) => !isAlive(pid)), UNTIL_STARTED)
    const next = await serve({ ...inside, POSTERN_PORT: String(server.port) })
    expect((await fetch(`${server.url}/login`)).status).toBe(200)
    const socket = connect(socketPath).end('GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /)
    next.child.kill('SIGTERM')
    expect(await next.ended()).toBe(0)
  })

  it('go on when new ones do not start, and all ends with a sentence when none is left', async () => {
    const config = path.join(path.dirname(emptyFolder()), 'postern.yaml')
    writeFileSync(config, 'tokenLifetime: 30d\n')
    const server = await serve({ ...TWO, POSTERN_CONFIG: config })
    writeFileSync(config, 'tokenLifetime: soon\n')
    server.child.kill('SIGUSR2')
    await server.printed(/Worker restart failed; old workers kept/)
    expect((await fetch(`${server.url}/ingress/auth`, { headers })).status).toBe(200)

    for (const pid of workersOf(server)) process.kill(pid, 'SIGKILL')
    expect(await server.ended()).toBe(1)
    expect(server.output()).toMatch(/postern: \d+ workers have died one after the other, and none is left/)
    expect(server.output()).toMatch(/tokenLifetime: must be a duration/)
  })

  it('say once what keeps them from starting', async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    const { port } = busy.address() as AddressInfo
    const data = emptyFolder()
    const refused = startServer({ ...environment, ...TWO, POSTERN_DATA: data, POSTERN_PORT: String(port) })
    running.push(refused)
    expect(await refused.ended()).toBe(1)
    expect(refused.output().match(/is in use/g)).toHaveLength(1)
    busy.close()
  })
})

describe('a server without workers', () => {
  let server: Served

  it('goes on when it is asked to restart them', async () => {
    server = await serve({ POSTERN_STOP_GRACE: '2s' })
    server.child.kill('SIGUSR2')
    await server.printed(/No workers to restart/)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
  })

  it('closes each connection with its next answer when it stops, and idle ones after the grace', async () => {
    const request = 'GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n'
    const [used, idle] = [connect(server.port, '127.0.0.1'), connect(server.port, '127.0.0.1')]
    for (const socket of [used, idle]) {
      socket.write(request)
      const [first] = await once(socket.setEncoding('utf8'), 'data')
      expect(first).toMatch(/^HTTP\/1.1 200 .*Connection: keep-alive/s)
    }
    const idleEnd = once(idle, 'close')
    server.child.kill('SIGTERM')
    await server.printed(/"Stopping"/)
    used.write(request)
    const [second] = await once(used, 'data')
    expect(second).toMatch(/^HTTP\/1.1 503 .*Connection: close.*stopping/s)
    await idleEnd
    expect(await server.ended()).toBe(0)
  })

  it('lets a request under way finish, however long before it began', async () => {
    const server = await serve({ POSTERN_STOP_GRACE: '0' })
    const idle = connect(server.port, '127.0.0.1')
    idle.write('GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(idle, 'data')
    const idleEnd = once(idle, 'close')
    const body = 'username=ada&password=x&csrf=y'
    const head = [
      'POST /login HTTP/1.1',
      'Host: x',
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      'Expect: 100-continue',
    ]
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8')
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
    // The server says so once it has begun with the request.
    const [begun] = await once(socket, 'data')
    expect(begun).toMatch(/^HTTP\/1.1 100 /)
    server.child.kill('SIGTERM')
    await server.printed(/"Stopping"/)
    // By now it closes the connections that it does not wait for.
    await idleEnd
    socket.write(body.slice(10))
    expect(await text(socket)).toMatch(/^HTTP\/1.1 403 /)
    expect(await server.ended()).toBe(0)
  })
})
