import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '../../support/eventually.js'
import { ASKED } from '../../support/postern.js'
import { freePort } from '../../support/run/ports.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { emptyDatabase, freshDatabase, freshRedis } from '../../support/stores/stores.js'
import { emptyFolder, isAlive, type Started, start, startServer } from '../cli/executable.js'
import { running, SECRET, serve, site } from './support/site.js'

/** Signs in, chooses a password in place of the printed one, and creates a token, as a browser would. */
async function makeToken(url: string, username: string, printed: string): Promise<string> {
  const cookies = new Map<string, string>()
  const call = async (target: string, fields?: Record<string, string>) => {
    const body = fields && new URLSearchParams(fields)
    const headers = { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }
    const response = await fetch(url + target, { redirect: 'manual', headers, ...(body && { method: 'POST', body }) })
    for (const each of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(each) ?? []
      cookies.set(name, value)
    }
    return response.text()
  }
  const csrfOf = (html: string) => /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const choose = await call('/login', { csrf: csrfOf(await call('/login')), username, password: printed, rd: '' })
  const [, step = ''] = /name="step" value="([^"]+)"/.exec(choose) ?? []
  await call('/login/new-password', { csrf: csrfOf(choose), step, new: 'four quiet otters' })
  const form = await call('/auth/tokens/new')
  const page = await call('/auth/tokens', { csrf: csrfOf(form), name: 'first', scope: 'read:tap', expires: 'never' })
  return /gt-[\w-]{22}\.[\w-]{22}/.exec(page)?.[0] ?? 'there is no token on the page'
}

const check = async (url: string, token: string) => {
  const response = await fetch(`${url}/ingress/auth?scope=read:tap`, {
    headers: { ...ASKED, authorization: `Bearer ${token}` },
  })
  return response.status
}

/** The processes below one, by the kernel's own account. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

// A start takes seconds, the first most of them, for the database that it makes: these follow each other on one folder.
describe('starting with nothing configured', () => {
  let url: string
  let environment: Record<string, string>
  let server: Started
  let token: string
  const startAgain = async () => {
    server = startServer(environment)
    await server.printed(/Postern is at http:\/\/localhost:\d+ /)
  }
  const children = () => childrenOf(server.child.pid ?? 0)

  beforeAll(async () => {
    ;({ url, environment } = await site())
  })
  afterAll(async () => {
    server.child.kill('SIGTERM')
    await server.ended()
  })

  it('gives an administrator whose password works', async () => {
    await startAgain()
    const [, password = ''] = await server.printed(/Sign in as admin with the password (\S+)/)
    token = await makeToken(url, 'admin', password)
    expect(await check(url, token)).toBe(200)
    expect(server.output()).not.toContain(token.slice(26))
  })

  it('recovers from kill -9 of everything that it was, with nothing lost', async () => {
    const orphans = children()
    expect(orphans.length).toBeGreaterThanOrEqual(2)
    server.child.kill('SIGKILL')
    await server.ended()
    await startAgain()
    expect(await check(url, token)).toBe(200)
    server.child.kill('SIGTERM')
    expect(await server.ended()).toBe(0)
    expect(orphans.filter(isAlive)).toEqual([])
  })

  it('keeps everything, and shows no password again', async () => {
    await startAgain()
    expect(server.output()).not.toContain('password')
    expect(await check(url, token)).toBe(200)
  })

  it('is refused on a folder that another server is using, and that one goes on', async () => {
    const second = serve({ ...environment, POSTERN_PORT: String(await freePort()) })
    expect(await second.ended()).toBe(1)
    expect(second.output()).toContain(String(server.child.pid))
    expect(second.output()).not.toMatch(/\n {4}at /)
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  it('takes the Ctrl-C that both the terminal and npm send for one, stops in order, and leaves nothing running', async () => {
    const stores = children()
    expect(stores.length).toBeGreaterThanOrEqual(2)
    server.child.kill('SIGINT')
    await server.printed(/"Stopping"/)
    server.child.kill('SIGINT')
    expect(await server.ended()).toBe(0)
    expect(stores.filter(isAlive)).toEqual([])
  })

  it('ends with the terminal that it was started in, and leaves nothing running', async () => {
    await startAgain()
    const stores = children()
    server.child.stdout?.destroy()
    server.child.stderr?.destroy()
    server.child.kill('SIGHUP')
    expect(await server.ended()).toBe(0)
    expect(stores.filter(isAlive)).toEqual([])
  })

  it('ends when the npm that started it is killed, and passes nothing on', async () => {
    const npm = start(['npm', 'start', '--ignore-scripts'], environment)
    running.push(npm.child)
    await npm.printed(/Postern is at/)
    const [server = 0] = childrenOf(npm.child.pid ?? 0)
    const stores = childrenOf(server)
    expect(stores.length).toBeGreaterThanOrEqual(2)
    npm.child.kill('SIGKILL')
    try {
      await eventually(() => expect([server, ...stores].filter(isAlive)).toEqual([]))
    } finally {
      if (isAlive(server)) process.kill(server, 'SIGTERM')
    }
  })
})

describe('two doors', () => {
  const inside = (options: { port: number } | { socketPath: string }, path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      get({ host: '127.0.0.1', ...options, path, headers: ASKED }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })

  it.each(['a port', 'a Unix socket'])(
    'keep the checks on %s of their own, which clients do not reach',
    async (which) => {
      const port = await freePort()
      const socket = path.join(path.dirname(emptyFolder()), 'postern.sock')
      const address = which === 'a port' ? `127.0.0.1:${port}` : `unix:${socket}`
      const stores = { DATABASE_URL: await freshDatabase(), REDIS_URL: await freshRedis(), POSTERN_SECRET: SECRET }
      const { url, environment } = await site({ ...stores, POSTERN_INTERNAL_LISTEN: address })
      const server = serve(environment)
      await server.printed(/The checks are at/)
      const door = which === 'a port' ? { port } : { socketPath: socket }
      expect(await inside(door, '/ingress/auth')).toBe(401)
      expect(await inside(door, '/health')).toBe(200)
      expect(await inside(door, '/login')).toBe(404)
      for (const closed of [
        '/ingress/auth',
        '/ingress/forward',
        '/ingress/anonymous',
        '/ingress/envoy/x/y',
        '/health',
      ]) {
        expect((await fetch(url + closed, { headers: ASKED })).status).toBe(404)
      }
      expect((await fetch(`${url}/login`)).status).toBe(200)
      // A socket that a killed server left behind does not keep the next one from starting.
      if ('port' in door) return
      server.child.kill('SIGKILL')
      await server.ended()
      await serve(environment).printed(/The checks are at/)
    },
  )
})

describe('starting on stores of one’s own', () => {
  let relay: Relay
  let server: Started

  it('embeds nothing, makes no account, and brings an empty database up to date', async () => {
    relay = await startRelay(await freshRedis())
    const stores = { DATABASE_URL: await emptyDatabase(), REDIS_URL: relay.url, POSTERN_SECRET: SECRET }
    const { url, environment } = await site(stores)
    server = startServer(environment)
    await server.printed(/Postern is at/)
    expect(childrenOf(server.child.pid ?? 0)).toEqual([])
    expect(server.output()).not.toContain('password')
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      status: 'healthy',
      postgres: 'up',
      redis: 'up',
    })
  })

  it('stops soon even when a store has gone away', async () => {
    await relay.cut()
    server.child.kill('SIGTERM')
    expect(await server.ended()).toBe(0)
  })
})
