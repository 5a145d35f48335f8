import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { type Desk, openDesk } from '../support/clients/client.js'
import { curl } from '../support/clients/curl.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { describeWith } from '../support/run/requires.js'
import { type Site, startSite } from '../support/site.js'
import { type RunningHubProxy, startHubProxy } from './support/hub-proxy.js'

const NGINX = readFileSync(new URL('../../deploy/jupyterhub/nginx.conf', import.meta.url), 'utf8')

describeWith(['nginx', 'curl', 'hubProxy'], 'A notebook token, behind JupyterHub’s own proxy,', () => {
  let hub: Echo
  let alices: Echo
  let hubProxy: RunningHubProxy
  let site: Site
  let desk: Desk
  const sessions: Record<string, string> = {}
  const seen = { hub: 0, alices: 0 }

  beforeAll(async () => {
    hub = await startEcho()
    alices = await startEcho()
    hubProxy = await startHubProxy(hub.port, { '/nb/user/alice': alices.port, '/nb/services/board': alices.port })
    const settings = {
      groupMapping: { 'exec:notebook': ['users'], 'admin:token': ['admins'], 'read:tap': ['users'] },
    }
    const services = NGINX.replaceAll('127.0.0.1:8000;', `127.0.0.1:${hubProxy.port};`)
    site = await startSite({ tapPort: hub.port, services, settings })
    await site.postern.account('root1', ['users', 'admins'])
    for (const name of ['alice', 'bob', 'root1']) sessions[name] = await site.postern.session(name)
    desk = openDesk()
  })
  beforeEach(() => {
    seen.hub = hub.arrivals.length
    seen.alices = alices.arrivals.length
  })
  afterAll(async () => {
    desk?.clear()
    await site?.stop()
    await hubProxy?.stop()
    await alices?.stop()
    await hub?.stop()
  })

  const visit = (username: string, path: string, ...words: string[]) =>
    curl(desk, '--cookie', `postern=${sessions[username]}`, ...words, `${site.url}${path}`)

  it.each([
    ['alice', '/nb/hub/home'],
    ['bob', '/nb/hub/spawn'],
  ])('of %s reaches the hub, which gives it to the server of its owner (%s)', async (username, path) => {
    await visit(username, path)
    const [arrived] = hub.arrivals.slice(seen.hub)
    expect(arrived?.headers['x-auth-request-user']).toBe(username)
    expect(arrived?.headers['x-auth-request-token']).toMatch(/^gt-/)
  })

  // Spellings that nginx, the hub's proxy or a notebook server may read in different ways.
  it.each([
    '/nb/user/alice/',
    '/nb/user/alice/proxy/steal',
    '/nb/user/alice',
    '/nb/services/board/',
    '/nb/user/%61lice/x',
    '/nb/hub/../user/alice/x',
    '/nb/hub/%2e%2e/user/alice/x',
    '/nb/hub%2f..%2fuser/alice/x',
    '/nb//user/alice/x',
    '/nb/hub/..//user/alice/x',
    '/nb/hub/..;/user/alice/x',
    '/nb/hub/%252e%252e/user/alice/x',
    '/nb/hub/..%5cuser/alice/x',
    '/nb/user/alice/hub/',
    '/nb/user/alice/?/nb/hub/',
    '/nb/hub/?/../../user/alice/x',
  ])('of no visitor reaches another user’s code at %s', async (path) => {
    for (const visitor of ['bob', 'root1']) {
      await visit(visitor, path, '-H', 'X-Auth-Request-Token: gt-forged.forged')
      await visit(visitor, path, '-H', 'Upgrade: websocket', '-H', 'Connection: Upgrade', '--http1.1')
    }
    const arrived = alices.arrivals.slice(seen.alices)
    for (const { headers, lines } of arrived) {
      expect(headers).not.toHaveProperty('x-auth-request-token')
      expect(lines.join('\n')).not.toContain('gt-')
    }
  })

  it('is in no header of its owner’s own visits: the server has it from the hub', async () => {
    expect((await visit('alice', '/nb/user/alice/lab')).status).toBe(200)
    expect((await visit('bob', '/nb/user/alice/lab')).status).toBe(200)
    const names = alices.arrivals.slice(seen.alices).map(({ headers }) => headers['x-auth-request-user'])
    expect(names).toEqual(['alice', 'bob'])
    expect(JSON.stringify(alices.arrivals)).not.toContain('gt-')
  })
})
