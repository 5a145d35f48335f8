import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { GATEWAYS, type GatewayKind } from '../../server/core/kubernetes/gateway-site.js'
import { printObjects, renderRoutes } from '../../server/kubernetes/render.js'
import { loadSettings } from '../../server/settings/load.js'
import { protectedRouteOf } from './support/cluster.js'
import { RIGHT_ROUTES, routeSpec, WRONG_ROUTES } from './support/wrong-routes.js'

const HERE = 'test/kubernetes'
/** What a rule of an HTTPRoute has here. */
const RULE = z.looseObject({
  matches: z.array(z.unknown()),
  filters: z.array(z.looseObject({ type: z.string(), urlRewrite: z.unknown().optional() })),
})

const settings = loadSettings({ POSTERN_CONFIG: `${HERE}/site.yaml` })
const ROUTES = readFileSync(`${HERE}/routes.yaml`, 'utf8')

interface Path {
  path: string
  pathType: string
  backend: object
}
/** A resource, and its parts. */
interface Parts {
  readonly config: Record<string, unknown>
  readonly metadata: { name: string; annotations?: Record<string, string> }
  readonly rule: { host: string; http: { paths: Path[] } }
  readonly path: Path
}
type Change = (parts: Parts) => void

/** A route of one host and path, with one thing changed. */
function routeWith(change: Change): string {
  const path = { path: '/tap', pathType: 'Prefix', backend: { service: { name: 'tap', port: { number: 80 } } } }
  const rule = { host: 'data.example.org', http: { paths: [path] } }
  const config = { scopes: { all: ['read:tap'] } }
  const metadata = { name: 'tap' }
  change({ config, metadata, rule, path })
  return JSON.stringify({
    apiVersion: 'gafaelfawr.lsst.io/v1alpha1',
    kind: 'GafaelfawrIngress',
    metadata: { name: 'tap', namespace: 'tap' },
    config,
    template: { metadata, spec: { rules: [rule] } },
  })
}

const lines = (yaml: string, gateway: GatewayKind = 'nginx') => {
  const { objects, problems, warnings } = renderRoutes(yaml, settings, gateway)
  return { made: objects.map(({ kind }) => kind), problems: problems.map(line), warnings: warnings.map(line) }
}
const line = ({ path, message }: { path: string; message: string }) => `${path}: ${message}`

describe('the routes of a site', () => {
  // After a change that is meant: postern kubernetes render test/kubernetes/routes.yaml --for GATEWAY, with these settings.
  it.each(GATEWAYS)('become for %s what the golden file has', (gateway) => {
    const { objects, problems } = renderRoutes(ROUTES, settings, gateway)
    expect(problems).toEqual([])
    expect(printObjects(objects)).toBe(readFileSync(`${HERE}/golden/${gateway}.yaml`, 'utf8'))
  })

  it.each(GATEWAYS)('are each checked, with %s', (gateway) => {
    const { objects } = renderRoutes(ROUTES, settings, gateway)
    const routes = objects.filter(({ kind }) => kind === 'Ingress' || kind === 'HTTPRoute')
    const policies = JSON.stringify(objects.filter(({ kind }) => kind === 'SecurityPolicy' || kind === 'Middleware'))
    expect(routes.length).toBeGreaterThanOrEqual(5)
    for (const route of routes) {
      const own = JSON.stringify(route)
      const asks = own.includes('/ingress/') || own.includes('"kind":"Middleware"')
      expect(asks || policies.includes(`"name":"${route.metadata.name}"`)).toBe(true)
    }
  })
})

describe('a mistake in a route', () => {
  // biome-ignore format: a table reads in columns
  it.each<[string, Change, string]>([
    ['an unknown scope',                  ({ config }) => { config.scopes = { all: ['read:tea'] } },                                      'config.scopes: Unknown scope read:tea'],
    ['an unknown scope to delegate',      ({ config }) => { config.delegate = { internal: { service: 'x', scopes: ['read:tea'] } } },     'config.delegate.internal.scopes: Unknown scope read:tea'],
    ['a host that is not the site’s',     ({ rule }) => { rule.host = 'evil.example.net' },                                'template.spec.rules[0].host: Host evil.example.net must disable cookie authentication'],
    ['a host that only ends like it',     ({ rule }) => { rule.host = 'evildata.example.org' },                            'template.spec.rules[0].host: Host evildata.example.org must disable cookie authentication'],
    ['a host below it, unless allowed',   ({ rule }) => { rule.host = 'x.data.example.org' },                              'template.spec.rules[0].host: Host x.data.example.org must disable cookie authentication'],
    ['a misspelt field',                  ({ config }) => { config.allowCookie = false },                                                 'config: Unrecognized key: "allowCookie"'],
    ['no scopes',                         ({ config }) => { delete config.scopes },                                                       'config.scopes: must have one of all, any and anonymous: true'],
    ['two kinds of scopes',               ({ config }) => { config.scopes = { all: [], any: [] } },                                       'config.scopes: must have one of all, any and anonymous: true'],
    ['Basic with a sign-in page',         ({ config }) => { Object.assign(config, { authType: 'basic', loginRedirect: true }) },          'config.authType: authType: basic has no effect when loginRedirect is set'],
    ['a sign-in page without cookies',    ({ config }) => { Object.assign(config, { allowCookies: false, loginRedirect: true }) },        'config.loginRedirect: loginRedirect incompatible with allowCookies: false'],
    ['another service than the token’s',  ({ config }) => { Object.assign(config, { service: 'a', delegate: { internal: { service: 'b', scopes: [] } } }) }, 'config.service: service must match delegate.internal.service'],
    ['two kinds of tokens',               ({ config }) => { config.delegate = { notebook: {}, internal: { service: 'x', scopes: [] } } }, 'config.delegate: delegate needs one of notebook and internal'],
    ['a token of no kind',                ({ config }) => { config.delegate = { minimumLifetime: 600 } },                                 'config.delegate: delegate needs one of notebook and internal'],
    ['a lifetime under five minutes',     ({ config }) => { config.delegate = { notebook: {}, minimumLifetime: 60 } },                    'config.delegate.minimumLifetime: Input should be greater than or equal to 5 minutes'],
    ['a path that is none',               ({ path }) => { path.path = 'tap' },                                      'template.spec.rules[0].http.paths[0].path: must begin with /'],
    ['a user that no auth-url can name',  ({ config }) => { config.username = 'ada,bob' },                                               'config.username: ingress-nginx takes no auth-url with ada,bob'],
    ['cookies of a route for all',        ({ config }) => { Object.assign(config, { scopes: { anonymous: true }, allowCookies: false }) }, 'config.allowCookies: allowCookies has no effect for anonymous ingresses'],
    ['a user of a route for all',         ({ config }) => { Object.assign(config, { scopes: { anonymous: true }, username: 'ada' }) },    'config.username: username has no effect for anonymous ingresses'],
  ])('is named with its field, and nothing is made: %s', (_what, change, problem) => {
    expect(lines(routeWith(change))).toEqual({ made: [], problems: [problem], warnings: [] })
  })

  it('keeps nothing from the routes beside it', () => {
    const wrong = routeWith(({ config }) => {
      config.scopes = { all: ['read:tea'] }
    })
    const { made, problems } = lines(`${wrong}\n---\n${ROUTES}`)
    expect([made.length, problems.length]).toEqual([5, 1])
  })

  it('in the YAML itself makes nothing of the file', () => {
    expect(lines(`${ROUTES}\n---\na: [`)).toMatchObject({
      made: [],
      problems: [expect.stringMatching(/^: Flow sequence/)],
    })
    expect(lines('just: text').problems).toEqual([
      ': is no Kubernetes object: apiVersion, kind or metadata.name is missing',
    ])
  })
})

describe('what ingress-nginx had by annotation', () => {
  const annotated = (name: string, value: string) =>
    routeWith(({ metadata }) => {
      metadata.annotations = { [`nginx.ingress.kubernetes.io/${name}`]: value }
    })

  // On the new gateway the route would be open to every network.
  it.each([
    'allowlist-source-range',
    'whitelist-source-range',
    'denylist-source-range',
    'limit-rps',
    'auth-tls-secret',
    'configuration-snippet',
    'enable-modsecurity',
    'made-up',
  ])('and protects a route is not lost in silence: %s', (name) => {
    const { made, problems } = lines(annotated(name, '10.0.0.0/8'), 'envoy-gateway')
    expect(made).toEqual([])
    expect(problems).toEqual([
      `template.metadata.annotations["nginx.ingress.kubernetes.io/${name}"]: envoy-gateway has no counterpart; remove it, or add it to kubernetes.droppedAnnotations`,
    ])
    expect(lines(annotated(name, '10.0.0.0/8'), 'nginx').made).toEqual(['Ingress'])
  })

  // biome-ignore format: a table reads in columns
  it.each<[path: string, pathType: string, target: string | undefined, match: object, rewrite: object | undefined]>([
    ['/tap',             'Prefix',                 undefined, { type: 'PathPrefix', value: '/tap' },                undefined],
    ['/tap',             'Exact',                  undefined, { type: 'Exact', value: '/tap' },                     undefined],
    ['/tap(/|$)(.*)',    'ImplementationSpecific', '/$2',     { type: 'PathPrefix', value: '/tap' },                { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' }],
    ['/a/tap/(.*)',      'ImplementationSpecific', '/x/$1',   { type: 'PathPrefix', value: '/a/tap' },              { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' }],
    ['/tap',             'Exact',                  '/x',      { type: 'Exact', value: '/tap' },                     { type: 'ReplaceFullPath', replaceFullPath: '/x' }],
    ['/tap/[a-z]+/x',    'ImplementationSpecific', '/x',      { type: 'RegularExpression', value: '/tap/[a-z]+/x' }, { type: 'ReplaceFullPath', replaceFullPath: '/x' }],
  ])('becomes a match of HTTPRoute: %s %s → %s', (path, pathType, target, match, rewrite) => {
    const yaml = routeWith(({ metadata, path: given }) => {
      Object.assign(given, { path, pathType })
      if (target !== undefined) metadata.annotations = { 'nginx.ingress.kubernetes.io/rewrite-target': target }
    })
    const [route] = renderRoutes(yaml, settings, 'gateway-api').objects
    const [rule] = z.object({ spec: z.object({ rules: z.array(RULE) }) }).parse(route).spec.rules
    expect(rule?.matches).toEqual([{ path: match }])
    expect(rule?.filters.find(({ type }) => type === 'URLRewrite')?.urlRewrite).toEqual(rewrite && { path: rewrite })
  })

  it.each([
    ['/tap(/|$)(.*)', '/$1'],
    ['/(a|b)/(.*)', '/$2'],
    ['/tap', '/$1'],
  ])('and HTTPRoute cannot say is named: %s → %s', (path, target) => {
    const yaml = routeWith(({ metadata, path: given }) => {
      Object.assign(given, { path, pathType: 'ImplementationSpecific' })
      metadata.annotations = { 'nginx.ingress.kubernetes.io/rewrite-target': target }
    })
    expect(lines(yaml, 'traefik')).toEqual({
      made: [],
      problems: [`template.spec.rules[0].http.paths[0].path: rewrite-target ${target} has no counterpart in HTTPRoute`],
      warnings: [],
    })
  })
})

describe('Gateway API', () => {
  it('needs the number of a named port, and a Gateway', () => {
    const named = routeWith(({ path }) => {
      path.backend = { service: { name: 'tap', port: { name: 'http' } } }
    })
    expect(lines(named, 'gateway-api').problems).toEqual([
      'template.spec.rules[0].http.paths[0].backend.service.port.name: Service tap has no port http that is known here',
    ])
    expect(lines(named, 'nginx').problems).toEqual([])
    const bare = loadSettings({ POSTERN_BASE_URL: 'https://data.example.org' })
    const { objects, problems } = renderRoutes(
      routeWith(() => undefined),
      bare,
      'gateway-api',
    )
    expect([objects, problems.map(line)]).toEqual([[], [': kubernetes.gateways names no Gateway to attach to']])
  })

  it('takes sixteen services at a host, and not one more', () => {
    const services = (count: number) =>
      routeWith(({ rule }) => {
        rule.http.paths = Array.from({ length: count }, (_, index) => ({
          path: `/${index}`,
          pathType: 'Prefix',
          backend: { service: { name: `s${index}`, port: { number: 80 } } },
        }))
      })
    expect(lines(services(16), 'gateway-api').problems).toEqual([])
    expect(lines(services(17), 'gateway-api')).toMatchObject({
      made: [],
      problems: [expect.stringContaining('has room for 16 services')],
    })
  })

  it('stays within the pattern of ExternalAuth’s path, whatever the names', () => {
    const odd = routeWith(({ config }) => {
      Object.assign(config, { username: 'a/b ?#%é\'()*!"<>', scopes: { all: ['read:tap'] } })
    })
    const [route] = renderRoutes(odd, settings, 'gateway-api').objects
    const { path } = JSON.parse(JSON.stringify(route)).spec.rules[0].filters[0].externalAuth.http
    expect(path).toMatch(/^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/)
    expect(new URLSearchParams(path.replace('/ingress/envoy/', '')).get('username')).toBe('a/b ?#%é\'()*!"<>')
    expect(path.split('/')).toHaveLength(4)
  })
})

describe('a ProtectedRoute', () => {
  const routeWith = (access: object, more: object = {}) =>
    JSON.stringify({ ...protectedRouteOf('tap', 'tap'), spec: routeSpec(access, more) })

  it.each(WRONG_ROUTES)('is refused with %s, and the field is named', (_what, access, more, field) => {
    const { objects, problems } = renderRoutes(routeWith(access, more), settings, 'nginx')
    expect([objects, problems.map(({ path }) => path)]).toEqual([[], [field]])
  })

  it.each(RIGHT_ROUTES)('is made with %j', (access) => {
    expect(lines(routeWith(access))).toMatchObject({ made: ['Ingress'], problems: [] })
  })

  // The definition does not know them: they are the site's own.
  // biome-ignore format: a table reads in columns
  it.each<[string, object, string]>([
    ['a cookie that the site has not', { cookies: { names: ['other'] } },      'spec.access.cookies.names: Unknown cookie other: it is not in tokenCookies'],
    ['an unknown program',             { programs: { ids: ['no program!'] } }, 'spec.access.programs.ids: Input should be from_url, alone, or the identifiers of programs'],
  ])('is refused with %s', (_what, access, problem) => {
    expect(lines(routeWith({ scopes: { all: ['read:tap'] }, ...access }))).toMatchObject({ made: [], problems: [problem] })
  })
})
