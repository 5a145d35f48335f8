import { beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient, ApiRequest } from '../../../server/kubernetes/cluster/api-client.js'
import { type Kind, PROTECTED_ROUTE, pathOf, SERVICE_TOKEN } from '../../../server/kubernetes/cluster/kinds.js'
import { getObject } from '../../../server/kubernetes/cluster/objects.js'
import { newNamespace, protectedRouteOf } from './cluster.js'

const SCOPES = { scopes: { all: ['read:tap'] } }
const TO_TAP = { path: '/tap', pathType: 'Prefix', backend: { service: { name: 'tap', port: { number: 80 } } } }
const at = (path: object) => [{ host: 'data.example.org', http: { paths: [{ ...TO_TAP, ...path }] } }]
const portOf = (port: object) => at({ backend: { service: { name: 'tap', port } } })

/** What the definitions refuse before the operator hears of it. */
export function definitionFacts(connect: () => Promise<ApiClient>): void {
  let api: ApiClient
  let namespace: string

  beforeAll(async () => {
    api = await connect()
    namespace = await newNamespace(api, 'definitions')
  })

  /** Creates an object; returns what the API server says against it. */
  async function refusalOf(kind: Kind, object: object): Promise<string> {
    const request: ApiRequest = {
      method: 'POST',
      path: pathOf(kind, namespace),
      query: { fieldValidation: 'Strict' },
      body: object,
    }
    try {
      await api.request(request)
      return ''
    } catch (error) {
      return String(error)
    }
  }

  const routeWith = (access: object, more: object = {}) => {
    const route = protectedRouteOf(namespace, 'route', {})
    return { ...route, spec: { access, rules: at({}), ...more } }
  }
  const tokenWith = (more: object) => ({
    apiVersion: SERVICE_TOKEN.apiVersion,
    kind: SERVICE_TOKEN.kind,
    metadata: { name: 'token', namespace },
    spec: { service: 'bot-mobu', scopes: ['read:tap'], ...more },
  })

  describe('the definition of ProtectedRoute', () => {
    // biome-ignore format: a table reads in columns
    it.each<[string, object, object, RegExp]>([
      ['no access at all',              {},                                                          {},                              /spec\.access/],
      ['a misspelt field',              { ...SCOPES, optionel: 'True' },                             {},                              /unknown field.*optionel/],
      ['anonymous, and a scope',        { ...SCOPES, anonymous: true },                              {},                              /where anonymous is true, nothing else has an effect/],
      ['not anonymous, and no scope',   { anonymous: false },                                        {},                              /needs scopes, programs, optional or anonymous/],
      ['all and any',                   { scopes: { all: [], any: ['read:tap'] } },                  {},                              /spec\.access\.scopes/],
      ['an unknown kind of optional',   { optional: 'true' },                                        {},                              /supported values: "False", "True", "Strict"/],
      ['Basic with the sign-in page',   { ...SCOPES, authType: 'Basic', loginRedirect: true },       {},                              /Basic has no effect with loginRedirect/],
      ['the sign-in page, no cookies',  { ...SCOPES, cookies: { session: false }, loginRedirect: true }, {},                          /loginRedirect needs session cookies/],
      ['401 with the sign-in page',     { ...SCOPES, denyAs: 401, loginRedirect: true },             {},                              /without end/],
      ['another status',                { ...SCOPES, denyAs: 500 },                                  {},                              /spec\.access\.denyAs/],
      ['a token of no kind',            { ...SCOPES, delegate: { useAuthorization: true } },         {},                              /one of notebook and internal/],
      ['a token of two kinds',          { ...SCOPES, delegate: { notebook: {}, internal: { service: 'a', scopes: [] } } }, {},        /one of notebook and internal/],
      ['another service than its token', { ...SCOPES, service: 'b', delegate: { internal: { service: 'a', scopes: [] } } }, {},       /service of delegate\.internal/],
      ['two ways to name programs',     { programs: { ids: ['GO-1'], fromPath: true } },             {},                              /spec\.access\.programs/],
      ['a lifetime under five minutes', { ...SCOPES, minimumLifetime: 60 },                          {},                              /spec\.access\.minimumLifetime/],
      ['no rule',                       SCOPES,                                                      { rules: [] },                   /spec\.rules/],
      ['a path without its slash',      SCOPES,                                                      { rules: at({ path: 'tap' }) },  /paths\[0\]\.path/],
      ['a port by name and number',     SCOPES,                                                      { rules: portOf({ number: 80, name: 'http' }) }, /backend\.service\.port/],
      ['an unknown gateway',            SCOPES,                                                      { gateway: 'apache' },           /spec\.gateway/],
    ])('refuses %s, and nothing is there', async (_what, access, more, problem) => {
      expect(await refusalOf(PROTECTED_ROUTE, routeWith(access, more))).toMatch(problem)
      expect(await getObject(api, PROTECTED_ROUTE, { namespace, name: 'route' })).toBeUndefined()
    })

    it.each([
      [SCOPES],
      [{ anonymous: true, service: 'docs' }],
      [{ optional: 'Strict' }],
      [{ programs: { fromPath: true } }],
    ])('takes %j', async (access) => {
      const route = routeWith(access)
      const named = {
        ...route,
        metadata: { ...route.metadata, name: `good-${Object.keys(access).join('-').toLowerCase()}` },
      }
      expect(await refusalOf(PROTECTED_ROUTE, named)).toBe('')
    })
  })

  describe('the definition of ServiceToken', () => {
    // biome-ignore format: a table reads in columns
    it.each<[string, object, RegExp]>([
      ['the name of a person',             { service: 'mobu' },                                        /spec\.service/],
      ['a lifetime of a minute',           { lifetime: '1m' },                                         /at least 10m/],
      ['a rotation without a lifetime',    { rotateBefore: '1h' },                                     /rotateBefore needs lifetime/],
      ['a rotation before the beginning',  { lifetime: '1h', rotateBefore: '2h' },                     /shorter than lifetime/],
      ['an overlap beyond the end',        { lifetime: '10h', rotateBefore: '1h', overlap: '2h' },     /no token ends before its successor is read/],
      ['the scope that makes tokens',      { scopes: ['user:token'] },                                 /outlive its own/],
    ])('refuses %s, and nothing is there', async (_what, more, problem) => {
      expect(await refusalOf(SERVICE_TOKEN, tokenWith(more))).toMatch(problem)
      expect(await getObject(api, SERVICE_TOKEN, { namespace, name: 'token' })).toBeUndefined()
    })

    it('takes a rotation with an overlap', async () => {
      expect(await refusalOf(SERVICE_TOKEN, tokenWith({ lifetime: '720h', rotateBefore: '168h', overlap: '1h' }))).toBe(
        '',
      )
    })
  })
}
