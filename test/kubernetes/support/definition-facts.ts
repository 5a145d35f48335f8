import { beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient, ApiRequest } from '../../../server/kubernetes/cluster/api-client.js'
import { type Kind, PROTECTED_ROUTE, pathOf, SERVICE_TOKEN } from '../../../server/kubernetes/cluster/kinds.js'
import { getObject } from '../../../server/kubernetes/cluster/objects.js'
import { newNamespace, protectedRouteOf } from './cluster.js'
import { RIGHT_ROUTES, routeSpec, WRONG_ROUTES } from './wrong-routes.js'

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

  const routeWith = (access: object, more: object = {}) => ({
    ...protectedRouteOf(namespace, 'route'),
    spec: routeSpec(access, more),
  })
  const tokenWith = (more: object) => ({
    apiVersion: SERVICE_TOKEN.apiVersion,
    kind: SERVICE_TOKEN.kind,
    metadata: { name: 'token', namespace },
    spec: { service: 'bot-mobu', scopes: ['read:tap'], ...more },
  })

  describe('the definition of ProtectedRoute', () => {
    it.each(WRONG_ROUTES)('refuses %s, names the field, and nothing is there', async (...wrong) => {
      const [, access, more, field, reason] = wrong
      const refusal = await refusalOf(PROTECTED_ROUTE, routeWith(access, more))
      expect(refusal).toMatch(reason)
      // A rule of CEL belongs to the object that has the field.
      const [named = ''] = /spec(?:\.\w+|\[\d+\])*/.exec(refusal) ?? []
      expect([named.startsWith(field), field.startsWith(named)]).toContain(true)
      expect(named).not.toBe('spec')
      expect(await getObject(api, PROTECTED_ROUTE, { namespace, name: 'route' })).toBeUndefined()
    })

    it.each(RIGHT_ROUTES)('takes %j', async (access) => {
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
