import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { loginNetwork } from '../../../../server/core/access/vo/login-network.js'
import { voScopes } from '../../../../server/core/access/vo/scopes.js'
import { isAdminScope, type Scope } from '../../../../server/core/token/scope.js'

const NAMES = ['admin:token', 'admin:oidc', 'admin:userinfo', 'read:image', 'read:tap', 'user:token'] as Scope[]
const KNOWN = new Map(NAMES.map((name) => [name, 'what it allows']))

describe('the token of a VO login', () => {
  it('has no scope of administrators, none that makes tokens, and none that the site has given up', () => {
    const held = ['read:tap', 'read:old', 'admin:token', 'user:token', 'read:image'] as Scope[]
    expect(voScopes(held, KNOWN)).toEqual(['read:image', 'read:tap'])
  })

  it('has never more than its parent', () => {
    fc.assert(
      fc.property(fc.subarray(NAMES), (held) => {
        const given = voScopes(held, KNOWN)
        return given.every((scope) => held.includes(scope) && !isAdminScope(scope) && scope !== 'user:token')
      }),
    )
  })

  it.each([
    ['192.0.2.77', '192.0.2.0/24'],
    ['2001:db8:1:2:3::4', '2001:db8:1:2::/64'],
    ['unknown', undefined],
    [undefined, undefined],
  ])('of a client at %s may be used from %s', (address, network) => {
    expect(loginNetwork(address)).toBe(network)
  })
})
