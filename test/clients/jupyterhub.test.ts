import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import request from 'supertest'
import { type Desk, openDesk } from '../support/clients/client.js'
import { curl } from '../support/clients/curl.js'
import { eventually } from '../support/eventually.js'
import { type Echo, startEcho } from '../support/peers/echo.js'
import { ASKED } from '../support/postern.js'
import { freePort } from '../support/run/ports.js'
import { describeWith } from '../support/run/requires.js'
import { type Site, startSite } from '../support/site.js'
import { type RunningHub, startJupyterHub } from './support/jupyterhub.js'

const NGINX = readFileSync(fileURLToPath(new URL('../../deploy/jupyterhub/nginx.conf', import.meta.url)), 'utf8')

describeWith(['nginx', 'curl', 'jupyterhub'], 'JupyterHub behind Postern', () => {
  let hub: RunningHub
  let site: Site
  let echo: Echo
  let desk: Desk
  let session: string

  beforeAll(async () => {
    const port = await freePort()
    hub = await startJupyterHub(`http://127.0.0.1:${port}`)
    echo = await startEcho()
    const services = NGINX.replaceAll('127.0.0.1:8000;', `127.0.0.1:${hub.port};`)
    const settings = { groupMapping: { 'exec:notebook': ['users'], 'read:tap': ['users'] } }
    site = await startSite({ port, tapPort: echo.port, services, settings })
    desk = openDesk()
    session = await site.postern.session('ada')
  })
  afterAll(async () => {
    desk?.clear()
    await site?.stop()
    await echo?.stop()
    await hub?.stop()
  })

  /** As a browser does: with the session, keeping the hub's cookies, and going where it is sent. */
  const browse = (path: string) =>
    curl(
      desk,
      '--location',
      '--cookie',
      `postern=${session}`,
      '--cookie',
      join(desk.home, 'jar'),
      '--cookie-jar',
      join(desk.home, 'jar'),
      `${site.url}${path}`,
    )

  async function startNotebook(): Promise<string> {
    const file = join(hub.homeOf('ada'), '.access_token')
    await browse('/nb/hub/spawn')
    // With the token in it, and not on its way there.
    await eventually(() => expect(readFileSync(file, 'utf8')).not.toBe(''), { withinMs: 120_000, everyMs: 100 })
    return file
  }

  it('starts a notebook with a token of its owner’s in ~/.access_token, closed to other users', async () => {
    const file = await startNotebook()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const token = readFileSync(file, 'utf8')
    const info = await request(site.postern.server)
      .get('/auth/api/v1/token-info')
      .set('Authorization', `Bearer ${token}`)
    expect(info.body).toMatchObject({ username: 'ada', token_type: 'notebook', parent: session.slice(3, 25) })
    expect(info.body.expires).toBeGreaterThan(info.body.created)
    expect((await curl(desk, '--oauth2-bearer', token, `${site.url}/tap/sync`)).status).toBe(200)
  })

  it('trusts no identity header of a client, even from inside', async () => {
    const answer = await curl(
      desk,
      '-H',
      'X-Auth-Request-User: ada',
      '-H',
      'X-Auth-Request-Token: gt-made.up',
      `http://127.0.0.1:${hub.port}/nb/hub/postern/login`,
    )
    expect(answer.status).toBe(401)
    expect(answer.headers.has('set-cookie')).toBe(false)
  })

  it('ends a notebook’s token with its owner’s session', async () => {
    const token = readFileSync(await startNotebook(), 'utf8')
    const check = () =>
      request(site.postern.server)
        .get('/ingress/auth?scope=read:tap')
        .set({ ...ASKED, Authorization: `Bearer ${token}` })
    expect((await check()).status).toBe(200)
    await site.postern.revoke(session)
    expect((await check()).status).toBe(401)
  })
})
