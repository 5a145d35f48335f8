import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Router } from 'express'
import { apiDocument } from '../server/api/openapi/document.js'
import { createRoutes } from '../server/app.js'
import { isBasePath } from '../server/core/site/base-path.js'
import { exchange } from './support/clients/wire.js'
import { ASKED, type RunningPostern, startPostern } from './support/postern.js'

/** Every address outside the API's document, and what it takes. */
const PAGES: Readonly<Record<string, string>> = {
  '/': 'GET',
  '/.well-known/jwks.json': 'GET, OPTIONS',
  '/.well-known/oauth-authorization-server': 'GET',
  '/.well-known/oauth-protected-resource': 'GET',
  '/.well-known/oauth-protected-resource/*path': 'GET',
  '/.well-known/openid-configuration': 'GET, OPTIONS',
  '/auth/account': 'GET',
  '/auth/admin/': 'GET',
  '/auth/admin/accounts': 'GET',
  '/auth/admin/accounts/new': 'GET, POST',
  '/auth/admin/ending': 'GET',
  '/auth/admin/audit': 'GET, POST',
  '/auth/admin/audit.csv': 'GET',
  '/auth/admin/audit.json': 'GET',
  '/auth/admin/audit/:id': 'GET',
  '/auth/admin/history': 'GET, POST',
  '/auth/admin/history.csv': 'GET',
  '/auth/admin/history.json': 'GET',
  '/auth/admin/identities': 'GET',
  '/auth/admin/identities/:username/:act': 'GET, POST',
  '/auth/admin/lockdown': 'GET',
  '/auth/admin/lockdown/:act': 'GET, POST',
  '/auth/admin/oidc-clients': 'GET, POST',
  '/auth/admin/oidc-clients/new': 'GET, POST',
  '/auth/admin/oidc-clients/:id': 'GET, POST',
  '/auth/admin/oidc-clients/:id/delete': 'GET, POST',
  '/auth/admin/oidc-clients/:id/secret': 'POST',
  '/auth/admin/overview.csv': 'GET',
  '/auth/admin/overview.json': 'GET',
  '/auth/admin/programs': 'GET',
  '/auth/admin/review': 'GET',
  '/auth/admin/revoke': 'GET, POST',
  '/auth/admin/revoke.csv': 'GET',
  '/auth/admin/revoke.json': 'GET',
  '/auth/admin/acts/:act': 'GET, POST',
  '/auth/admin/acts/:act/lift': 'POST',
  '/auth/admin/revoke/find': 'POST',
  '/auth/admin/search': 'GET, POST',
  '/auth/admin/service-tokens': 'GET, POST',
  '/auth/admin/service-tokens/new': 'GET',
  '/auth/admin/tokens/:key': 'GET',
  '/auth/admin/users/:username': 'GET',
  '/auth/admin/users/:username/account/:act': 'GET, POST',
  '/auth/admin/users/:username/revoke-all': 'GET, POST',
  '/auth/admin/users/:username/tokens/:key/lift': 'GET, POST',
  '/auth/admin/users/:username/tokens/:key/revoke': 'GET, POST',
  '/auth/admin/users/:username/tokens/:key/suspend': 'GET, POST',
  '/auth/device': 'GET, POST',
  '/auth/device/answer': 'POST',
  '/auth/docs': 'GET',
  '/auth/doctor': 'GET',
  '/auth/explain': 'GET',
  '/auth/help/use': 'GET',
  '/auth/leaked': 'POST, GET',
  '/auth/leaked/github': 'POST',
  '/auth/notices/dismiss': 'POST',
  '/auth/notices/undo': 'POST',
  '/auth/openapi.json': 'GET',
  '/auth/openid/device/code': 'POST',
  '/auth/openid/introspect': 'POST',
  '/auth/openid/interaction/:uid': 'GET, POST',
  '/auth/openid/login': 'GET',
  '/auth/openid/login/:uid': 'GET',
  '/auth/openid/logout': 'GET',
  '/auth/openid/logout/confirm': 'POST',
  '/auth/openid/logout/success': 'GET',
  '/auth/openid/register': 'POST',
  '/auth/openid/revoke': 'POST',
  '/auth/openid/token': 'POST, OPTIONS',
  '/auth/openid/userinfo': 'GET, POST, OPTIONS',
  '/auth/passkeys': 'POST',
  '/auth/passkeys/new': 'GET',
  '/auth/passkeys/:id/remove': 'GET, POST',
  '/auth/password': 'GET, POST',
  '/auth/preferences': 'POST',
  '/auth/history': 'GET',
  '/auth/history.csv': 'GET',
  '/auth/history.json': 'GET',
  '/auth/account/export': 'GET',
  '/.well-known/change-password': 'GET',
  '/auth/programs': 'GET',
  '/auth/programs/:id': 'GET',
  '/auth/programs/:id/grants': 'POST',
  '/auth/programs/:id/grants/remove': 'GET, POST',
  '/auth/programs/:id/as-colleague': 'GET',
  '/auth/programs/:id/requests.csv': 'GET',
  '/auth/programs/:id/requests.json': 'GET',
  '/auth/reauthenticate': 'GET, POST',
  '/auth/reauthenticate/passkey': 'POST',
  '/auth/reauthenticate/provider': 'GET',
  '/auth/reauthenticate/resume': 'GET',
  '/auth/sessions': 'GET',
  '/auth/services/:id/withdraw': 'GET, POST',
  '/auth/sessions/end-others': 'GET, POST',
  '/auth/sessions/:key/end': 'GET, POST',
  '/auth/static/*file': 'GET',
  '/favicon.ico': 'GET',
  '/auth/tokens': 'POST, GET',
  '/auth/tokens/new': 'GET',
  '/auth/tokens/revoke': 'GET, POST',
  '/auth/tokens/:key': 'GET',
  '/auth/tokens/:key/edit': 'GET, POST',
  '/auth/tokens/:key/revoke': 'GET, POST',
  '/auth/tokens/:key/rotate': 'GET, POST',
  '/auth/vo/login': 'GET, POST',
  '/info': 'GET',
  '/login': 'GET, POST',
  '/login/new-password': 'GET, POST',
  '/login/passkey': 'GET, POST',
  '/login/passkey/alone': 'POST',
  '/login/:provider': 'GET',
  '/login/:provider/callback': 'GET',
  '/logout': 'GET, POST',
  '/sessions': 'GET',
  '/token': 'GET',
  '/tokens': 'GET',
  '/whoami': 'GET',
}

/** What bypasses Express. The checks of Envoy take every method, which is that of the original request. */
const OUTSIDE: Readonly<Record<string, string>> = {
  '/health': 'GET, HEAD',
  '/health/live': 'GET, HEAD',
  '/health/ready': 'GET, HEAD',
  '/ingress/anonymous': 'GET',
  '/ingress/auth': 'GET',
  '/ingress/forward': 'GET',
  '/ingress/gateway/scope=read:tap': 'GET',
  '/metrics': 'GET, HEAD',
}

const API = Object.entries(apiDocument().paths).map(([path, item]): [string, string] => [
  path.replaceAll(/\{(\w+)\}/g, ':$1'),
  Object.keys(item)
    .map((method) => method.toUpperCase())
    .join(', '),
])

let postern: RunningPostern
let cookie: string
beforeAll(async () => {
  postern = await startPostern({
    settings: {
      githubSecretScanning: 'http://127.0.0.1:9/keys',
      oidcServer: { enabled: true },
      deviceLogin: { enabled: true },
    },
  })
  await postern.account('root', ['admins'])
  cookie = `postern=${await postern.session('root')}`
})
afterAll(() => postern.stop())

async function send(method: string, path: string): Promise<{ status: number; allow: string | undefined }> {
  const headers = { Host: '127.0.0.1:8080', Cookie: cookie, 'Sec-Fetch-Site': 'same-origin', ...ASKED }
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}`)
  const target = path.replaceAll(/[:*]\w+/g, 'k'.repeat(22))
  const text = await exchange(postern.port, `${[`${method} ${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`)
  return { status: Number(text.slice(9, 12)), allow: /^allow: (.*)\r$/im.exec(text)?.[1] }
}

/** The paths of all routes of a router, those of routers within among them. */
function pathsOf(router: Router): string[] {
  return router.stack.flatMap(({ route, handle }) => [
    ...(route ? [route.path] : []),
    ...(isRouter(handle) ? pathsOf(handle) : []),
  ])
}

const isRouter = (handler: unknown): handler is Router => typeof handler === 'function' && 'stack' in handler

const sorted = (methods: string | undefined) => (methods ?? '').split(', ').sort()

describe('every address', () => {
  it('is in these tables', () => {
    const known = [...Object.keys(PAGES), ...API.map(([path]) => path)]
    const paths = pathsOf(createRoutes(postern.context).router)
    expect(paths.length).toBeGreaterThan(60)
    const isKnown = (path: string) => ['', '/auth/admin', '/auth/api/v1'].some((base) => known.includes(base + path))
    expect(paths.filter((path) => !isKnown(path))).toEqual([])
  })

  it('begins as no base URL can, so that a path which a proxy has stripped is not stripped once more', () => {
    const firsts = new Set(Object.keys({ ...PAGES, ...OUTSIDE }).map((path) => `/${path.split('/')[1]}`))
    // These three lead to the pages wherever they are.
    const mast = ['/sessions', '/token', '/tokens']
    expect([...firsts].filter(isBasePath).sort()).toEqual(['/', ...mast])
  })

  it.each([...Object.entries({ ...PAGES, ...OUTSIDE }), ...API])(
    '%s refuses what it does not take, and says that it takes %s',
    async (path, allow) => {
      for (const method of ['TRACE', 'PROPFIND', 'PATCH', 'DELETE', 'PUT', 'POST', 'GET']) {
        if (sorted(allow).includes(method)) continue
        const answer = await send(method, path)
        expect([method, answer.status, sorted(answer.allow)]).toEqual([method, 405, sorted(allow)])
      }
    },
  )

  it.each(['FOO', 'trace', 'CONNECT'])('refuses %s, which Node does not pass on', async (method) => {
    const answer = await send(method, '/login')
    expect([answer.status, sorted(answer.allow)]).toEqual([405, sorted('GET, HEAD, POST, PUT, PATCH, DELETE')])
  })

  it('is no address for any method when there is none', async () => {
    for (const method of ['TRACE', 'GET', 'PUT']) expect((await send(method, '/auth/nowhere')).status).toBe(404)
  })
})

it('a user without the scope is not told that there is a page for administrators', async () => {
  cookie = `postern=${await postern.session('ada')}`
  expect((await send('TRACE', '/auth/admin/users/ada')).status).toBe(404)
})
