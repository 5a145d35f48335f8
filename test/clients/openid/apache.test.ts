import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { tellClients } from '../../../server/openid/tell-clients.js'
import { register, startProvider } from '../../openid/support/relying-party.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { eventually } from '../../support/eventually.js'
import type { RunningPostern } from '../../support/postern.js'
import { freePort } from '../../support/run/ports.js'
import { describeWith } from '../../support/run/requires.js'
import { Browser } from './support/browser.js'
import { documented } from './support/documented.js'
import type { Registered } from './support/web-client.js'

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'dir', 'auth_openidc']

/** Configures Apache as `deploy/docs/openid.md` does for an independent data access centre. */
function configuration(folder: string, registered: Registered): string {
  const file = documented('apache', registered).replace('SOME_RANDOM_TEXT', 'a-random-text-of-this-test')
  return `
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
ServerName 127.0.0.1
Listen ${new URL(registered.origin).host}
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
DocumentRoot ${folder}/pages
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
${file}
<Directory ${folder}/pages>
  Require all granted
</Directory>
<Location /callback>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /dp1>
  Header always set X-Signed-In "expr=%{REMOTE_USER}"
</Location>`
}

describeWith(['apacheOpenIdc'], 'Debian’s Apache with mod_auth_openidc', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-apache-'))
  let postern: RunningPostern
  let apache: ChildProcess
  let site: string

  beforeAll(async () => {
    postern = await startProvider()
    site = `http://127.0.0.1:${await freePort()}`
    const party = await register(postern, {
      redirectUris: [`${site}/callback`],
      postLogoutUris: [`${site}/`],
      backchannelLogoutUri: `${site}/callback?logout=backchannel`,
    })
    const pages = path.join(folder, 'pages', 'dp1')
    mkdirSync(pages, { recursive: true })
    writeFileSync(path.join(pages, 'index.html'), 'data')
    chmodSync(folder, 0o755)
    const file = path.join(folder, 'apache.conf')
    const issuer = postern.context.settings.baseUrl.origin
    writeFileSync(file, configuration(folder, { origin: site, issuer, id: party.id, secret: party.secret }))
    apache = spawn('/usr/sbin/apache2', ['-f', file, '-D', 'FOREGROUND'], { stdio: 'ignore' })
    await eventually(async () => expect((await fetch(`${site}/dp1/`, { redirect: 'manual' })).status).toBeLessThan(500))
  })
  afterAll(async () => {
    const ended = new Promise((resolve) => apache?.once('exit', resolve))
    apache?.kill()
    await ended
    await postern?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Asks for the data, and for whom Apache takes the browser. */
  async function look(jar: Browser) {
    const { status, headers } = await jar.ask(`${site}/dp1/`)
    return { status, user: headers['x-signed-in'] }
  }

  /** Goes from Apache to Postern and back, as a browser would. */
  async function arrive(jar: Browser, visitor: Visitor) {
    const asked = new URL(String((await jar.ask(`${site}/dp1/`)).headers.location))
    expect(asked.searchParams.get('code_challenge_method')).toBe('S256')
    const { headers } = await visitor.get(`${asked.pathname}${asked.search}`)
    const back = await jar.ask(String(headers.location))
    expect([back.status, back.headers.location]).toEqual([302, `${site}/dp1/`])
    return look(jar)
  }

  it('signs in users whose data rights it asks for, and refuses others', async () => {
    const allowed = await arrive(new Browser(), await signedIn(postern, 'ada', ['users', 'g_users']))
    expect([allowed.status, allowed.user]).toEqual([200, 'ada'])
    const refused = await arrive(new Browser(), await signedIn(postern, 'eve'))
    expect(refused.status).toBe(401)
  })

  it('ends its session when the user’s ends here', async () => {
    const jar = new Browser()
    const visitor = await signedIn(postern, 'grace', ['users', 'g_users'])
    expect((await arrive(jar, visitor)).user).toBe('grace')
    await visitor.get('/auth/account')
    await visitor.post('/logout')
    await tellClients(postern.context)()
    expect((await look(jar)).status).toBe(302)
  })

  it('leads to Postern when the user signs out there', async () => {
    const jar = new Browser()
    const visitor = await signedIn(postern, 'ida', ['users', 'g_users'])
    await arrive(jar, visitor)
    const { headers } = await jar.ask(`${site}/callback?logout=${encodeURIComponent(`${site}/`)}`)
    const { pathname, search, searchParams } = new URL(String(headers.location))
    expect([pathname, searchParams.get('post_logout_redirect_uri')]).toEqual(['/auth/openid/logout', `${site}/`])
    expect((await visitor.get(`${pathname}${search}`)).text).toContain('You have signed out of Grafana')
  })
})
