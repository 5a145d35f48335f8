import { describe, expect, it } from '@jest/globals'
import { expressRoute, fixedRoute } from '../../../server/core/telemetry/route.js'

describe('the route of a span', () => {
  it.each([
    ['/ingress/auth?scope=read:tap', '/ingress/auth'],
    ['/ingress/forward', '/ingress/forward'],
    ['/ingress/envoy/scope=read:tap/data/secret-file', '/ingress/envoy/{requirement}/{path}'],
    ['/ingress/gateway/scope=read:tap', '/ingress/gateway/{requirement}'],
    ['/ingress/anonymous', '/ingress/anonymous'],
    ['/ingress/anonymous/data/secret-file', '/ingress/anonymous/{path}'],
    ['/health/live', '/health/live'],
    ['/auth/openid/token', '/auth/openid/token'],
    ['/auth/tokens/gt-secret', undefined],
    ['/ingress/other', undefined],
    ['', undefined],
  ])('of %s is %s', (target, route) => {
    expect(fixedRoute(target, new Set(['/auth/openid/token']))).toBe(route)
  })

  it.each<[name: string, request: object, route: string | undefined]>([
    [
      'a route below a router',
      { baseUrl: '/auth/api/v1', route: { path: '/users/:username' } },
      '/auth/api/v1/users/:username',
    ],
    ['the first of several paths', { baseUrl: '', route: { path: ['/login', '/sign-in'] } }, '/login'],
    ['a pattern', { baseUrl: '', route: { path: /secret/ } }, undefined],
    ['no route', { baseUrl: '', route: undefined }, undefined],
    ['a request that Express has not seen', {}, undefined],
  ])('of Express, for %s', (_name, request, route) => {
    expect(expressRoute(request)).toBe(route)
  })
})
