import { describe, expect, it } from '@jest/globals'
import { agreedScopes, type Consent, extendConsent, hostsOf } from '../../../server/core/openid/consent.js'

const CALLBACK = 'https://grafana.example.org/callback'
const consent: Consent = { scopes: ['email', 'openid'], hosts: ['grafana.example.org'], granted: 1 }

describe('what a user has agreed to', () => {
  it.each([
    ['all of it is asked for', ['openid', 'email'], [CALLBACK], ['openid', 'email']],
    ['less is asked for', ['openid'], [CALLBACK], ['openid']],
    ['more is asked for', ['openid', 'groups'], [CALLBACK], ['openid']],
    ['the path at the host is another', ['openid'], ['https://grafana.example.org/other'], ['openid']],
    ['the client leads to another host', ['openid'], ['https://evil.example.org/callback'], []],
    ['the client leads to another host, too', ['openid'], [CALLBACK, 'https://evil.example.org/callback'], []],
    ['the client leads to another port', ['openid'], ['https://grafana.example.org:8443/callback'], []],
  ])('counts as far as it goes when %s', (_when, asked, addresses, agreed) => {
    expect(agreedScopes(consent, asked, addresses)).toEqual(agreed)
  })

  it('is nothing without a consent', () => {
    expect(agreedScopes(undefined, ['openid'], [CALLBACK])).toEqual([])
  })

  it('grows by more scopes, and begins anew for another host', () => {
    const more = { scopes: ['openid', 'groups'], hosts: ['grafana.example.org'], granted: 2 }
    expect(extendConsent(consent, more)).toEqual({ ...consent, scopes: ['email', 'groups', 'openid'] })
    const moved = { scopes: ['openid'], hosts: ['other.example.org'], granted: 2 }
    expect(extendConsent(consent, moved)).toEqual(moved)
    expect(extendConsent(undefined, moved)).toEqual(moved)
  })

  it('names each host once', () => {
    expect(hostsOf([CALLBACK, 'https://a.example.org/x', `${CALLBACK}/2`])).toEqual([
      'a.example.org',
      'grafana.example.org',
    ])
  })
})
