import { expect, it } from '@jest/globals'
import { z } from 'zod'
import { renderRoutes } from '../../server/kubernetes/render.js'
import { loadSettings } from '../../server/settings/load.js'
import { useEchoSite } from '../support/peers/echo-site.js'
import { describeWith } from '../support/run/requires.js'

const settings = loadSettings({
  POSTERN_BASE_URL: 'http://127.0.0.1',
  POSTERN_KUBERNETES: '{ gateways: [{ name: public }] }',
})

/** The check of an HTTPRoute's first rule. */
const check = z.object({
  externalAuth: z.object({
    http: z.object({
      path: z.string(),
      allowedHeaders: z.array(z.string()),
      allowedResponseHeaders: z.array(z.string()),
    }),
  }),
})
const route = z.object({
  spec: z.object({ rules: z.tuple([z.object({ filters: z.tuple([check]).rest(z.unknown()) })]) }),
})

/**
 * What NGINX Gateway Fabric makes of a route's filter, by its documentation: it is not to be had as a program. The nginx is
 * Debian's.
 */
function asGateway(path: string, access: object, port: number): string {
  const resource = {
    apiVersion: 'postern.dev/v1',
    kind: 'ProtectedRoute',
    metadata: { name: 'tap', namespace: 'tap' },
    spec: {
      access,
      rules: [
        {
          host: '127.0.0.1',
          http: { paths: [{ path, pathType: 'Prefix', backend: { service: { name: 'tap', port: { number: 80 } } } }] },
        },
      ],
    },
  }
  const [made] = renderRoutes(JSON.stringify(resource), settings, 'nginx-gateway').objects
  const { http } = route.parse(made).spec.rules[0].filters[0].externalAuth
  const variable = (name: string) => `$ext_${name.toLowerCase().replaceAll('-', '_')}`
  return `
location = /_ext_auth${path} {
    internal;
    proxy_pass_request_body off;
    proxy_pass_request_headers off;
    proxy_set_header Content-Length "";
    proxy_set_header Host $host;
    proxy_set_header Path $request_uri;
    proxy_set_header Method $request_method;
    proxy_set_header Authorization $http_authorization;
    ${http.allowedHeaders.map((name) => `proxy_set_header ${name} $http_${name.toLowerCase().replaceAll('-', '_')};`).join('\n    ')}
    proxy_pass http://postern_checks${http.path};
}
location ${path} {
    auth_request /_ext_auth${path};
    ${http.allowedResponseHeaders.map((name) => `auth_request_set ${variable(name)} $upstream_http_${name.toLowerCase().replaceAll('-', '_')};`).join('\n    ')}
    ${http.allowedResponseHeaders.map((name) => `proxy_set_header ${name} ${variable(name)};`).join('\n    ')}
    proxy_set_header Host $host;
    proxy_pass http://127.0.0.1:${port};
}
`
}

const READS_TAP = { scopes: { all: ['read:tap'] }, service: 'tap' }

describeWith(['nginx', 'curl'], 'NGINX Gateway Fabric', () => {
  const { get, getWithToken, arrived, token, weakToken } = useEchoSite('nginx', {
    services: (port) =>
      [
        asGateway('/plain', READS_TAP, port),
        asGateway('/maybe', { ...READS_TAP, optional: 'True' }, port),
        asGateway('/webdav', { ...READS_TAP, allowOptions: true }, port),
        asGateway('/open', { anonymous: true }, port),
      ].join('\n'),
  })
  const names = () => arrived().map(({ headers }) => headers['x-auth-request-user'])

  it('passes who may, with the name, and nothing of the token', async () => {
    expect((await getWithToken('/plain/x?y=z')).status).toBe(200)
    expect(arrived().map(({ url, headers }) => [url, headers['x-auth-request-user'], headers.authorization])).toEqual([
      ['/plain/x?y=z', 'ada', undefined],
    ])
  })

  it('believes no name that a client sends', async () => {
    const forged = [
      '-H',
      'X-Auth-Request-User: root',
      '-H',
      'X-Auth-Request-Anonymous: true',
      '-H',
      'X-Auth-Request-Token: x',
    ]
    await getWithToken('/plain/x', ...forged)
    await get('/maybe/x', ...forged)
    await get('/open/x', ...forged)
    expect(names()).toEqual(['ada', undefined, undefined])
    expect(arrived().map(({ headers }) => headers['x-auth-request-anonymous'])).toEqual([undefined, 'true', 'true'])
    expect(arrived().map(({ headers }) => headers['x-auth-request-token'])).toEqual([undefined, undefined, undefined])
  })

  it('passes none who may not, and the service hears nothing', async () => {
    const refused = [
      await get('/plain/x'),
      await get('/plain/x', '--oauth2-bearer', weakToken()),
      await get('/plain/x', '--oauth2-bearer', 'x'),
    ]
    expect(refused.map(({ status }) => status)).toEqual([401, 403, 401])
    expect(arrived()).toEqual([])
  })

  it('has the method judged that the client uses, whichever it claims', async () => {
    const options = ['-X', 'OPTIONS', '--oauth2-bearer', token()]
    const claimed = ['-H', 'Method: GET', '-H', 'Path: /elsewhere']
    const { status } = await get('/plain/x', ...options, ...claimed)
    expect([status, (await get('/webdav/x', ...options, ...claimed)).status]).toEqual([403, 200])
    expect(arrived().map(({ method }) => method)).toEqual(['OPTIONS'])
  })

  it('sends a service of an open route no token', async () => {
    await getWithToken('/open/x', '-H', `Cookie: a=1; postern=${token()}`)
    expect(arrived().map(({ headers }) => [headers.authorization, headers.cookie])).toEqual([[undefined, 'a=1']])
  })
})
