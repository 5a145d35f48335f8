import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { challenge, stepUpChallenge } from '../../../server/core/access/challenge.js'
import { Refusal } from '../../../server/core/access/refusal.js'
import type { Scope } from '../../../server/core/token/scope.js'

const TAP = ['read:image', 'read:tap'] as Scope[]

describe('a challenge', () => {
  it.each([
    ['bearer', undefined, [], 'Bearer realm="example.org"'],
    ['basic', undefined, [], 'Basic realm="example.org"'],
    ['both', undefined, [], 'Bearer realm="example.org", Basic realm="example.org"'],
    [
      'bearer',
      new Refusal('invalid_token'),
      [],
      'Bearer realm="example.org", error="invalid_token", error_description="Token is not valid"',
    ],
    ['basic', new Refusal('invalid_token'), [], 'Basic realm="example.org"'],
    [
      'both',
      new Refusal('insufficient_scope'),
      TAP,
      'Bearer realm="example.org", error="insufficient_scope", error_description="Token missing required scope", scope="read:image read:tap", Basic realm="example.org"',
    ],
    ['bearer', new Refusal('permission_denied'), [], 'Bearer realm="example.org"'],
  ] as const)('of type %s says what RFC 6750 lets it say', (type, refusal, scopes, expected) => {
    expect(challenge(type, { realm: 'example.org' }, refusal, scopes)).toBe(expected)
  })

  it('names the document about the resource, where the site wants it, in Bearer and at its end', () => {
    const site = { realm: 'example.org', metadata: 'https://example.org/.well-known/oauth-protected-resource/tap"' }
    const named = 'resource_metadata="https://example.org/.well-known/oauth-protected-resource/tap"'
    expect(challenge('both', site)).toBe(`Bearer realm="example.org", ${named}, Basic realm="example.org"`)
    expect(challenge('bearer', site, new Refusal('insufficient_scope'), TAP)).toMatch(
      new RegExp(`, scope="read:image read:tap", ${named}$`),
    )
    expect(challenge('basic', site)).toBe('Basic realm="example.org"')
  })

  it('to sign in again names the age that a sign-in may have, as RFC 9470 does', () => {
    const refusal = new Refusal('insufficient_user_authentication')
    expect(stepUpChallenge({ realm: 'example.org' }, refusal, 900)).toBe(
      'Bearer realm="example.org", error="insufficient_user_authentication", error_description="More recent authentication is required", max_age="900"',
    )
  })

  it('cannot be broken out of by what a client sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = challenge('bearer', { realm: 'h' }, new Refusal('invalid_request', text))
        expect(line).toMatch(
          /^Bearer realm="h", error="invalid_request", error_description="[\x20-\x21\x23-\x5B\x5D-\x7E]*"$/,
        )
      }),
    )
  })
})
