import { describe, expect, it } from '@jest/globals'
import { exportEvent } from '../../../server/core/audit/ecs.js'
import type { AuditEvent } from '../../../server/core/audit/event.js'
import { asGafaelfawr } from '../../../server/core/log/gafaelfawr.js'

const CHECK = {
  token: 'key',
  user: 'ada',
  token_source: 'bearer',
  scopes: ['read:tap'],
  required_scopes: ['read:tap'],
  satisfy: 'all',
  method: 'GET',
  auth_uri: 'https://data.example.org/tap',
  remoteIp: '192.0.2.1',
}
const SHOWN = {
  token: 'key',
  user: 'ada',
  token_source: 'bearer',
  scopes: ['read:tap'],
  required_scopes: ['read:tap'],
  satisfy: 'all',
  auth_uri: 'https://data.example.org/tap',
  httpRequest: { requestMethod: 'GET', requestUrl: 'https://data.example.org/tap', remoteIp: '192.0.2.1' },
}

const eventOf = (more: Partial<AuditEvent>) => {
  const object = { type: 'token', id: 'new', owner: 'ada' } as const
  const actor = { username: 'ada', address: '192.0.2.1', token: 'key' as never }
  return exportEvent({ id: 'abc', at: 1_800_000_000, action: 'token.create', actor, object, ...more })
}

describe('a line in Gafaelfawr’s names', () => {
  it('has the caller, the token and the request of a check', () => {
    expect(asGafaelfawr({ event: 'Token authorized', fields: CHECK })).toEqual({
      event: 'Token authorized',
      fields: SHOWN,
    })
  })

  it.each([
    ['insufficient_scope', 'Permission denied', 'Token missing required scope'],
    ['user_not_allowed', 'Permission denied', 'Access not allowed for this user'],
    ['invalid_token', 'Invalid token', 'Token is not valid'],
    ['invalid_request', 'Invalid request', 'Malformed Authorization header'],
    ['rate_limited', 'Request rejected due to rate limits', 'Rate limit exceeded'],
    ['no_authorization', 'Authentication required', 'Authentication required'],
  ])('names the refusal %s of a check "%s"', (code, event, error) => {
    const { user: _user, ...fields } = CHECK
    const { user: _shown, ...shown } = SHOWN
    expect(asGafaelfawr({ event: 'Our own sentence', fields: { ...fields, code } })).toEqual({
      event,
      fields: { ...shown, error },
    })
  })

  it.each<[event: string, more: Partial<AuditEvent>]>([
    ['Created new user token', { after: { type: 'user' } }],
    ['Created new user token as administrator', { after: { type: 'user' }, actor: { username: 'root' } }],
    ['Created new service token', { after: { type: 'service' }, actor: { username: 'root' } }],
    ['Created new notebook token', { after: { type: 'notebook' } }],
    ['Created new internal token', { after: { type: 'internal' } }],
    ['Created new OpenID Connect token', { after: { type: 'oidc' } }],
    ['Modified token', { action: 'token.edit' }],
    ['Deleted token', { action: 'token.revoke' }],
    ['Deleted token', { action: 'token.leaked' }],
    ['Deleted token', { action: 'session.revoke' }],
    ['Deleted token', { action: 'sign-out' }],
    ['Expired token', { action: 'token.expire' }],
    ['Successfully authenticated user ada', { action: 'sign-in', after: { type: 'session' } }],
    ['Permission denied', { action: 'token.edit', code: 'permission_denied' }],
    ['Invalid token', { action: 'api.call', code: 'invalid_token' }],
    ['lockdown.on', { action: 'lockdown.on' }],
  ])('is "%s" for its audit event', (event, more) => {
    expect(asGafaelfawr({ event: 'audit', fields: eventOf(more) }).event).toBe(event)
  })

  it('has the new token, who made it and from where', () => {
    const after = { type: 'user', name: 'topcat', scopes: ['read:tap'], expires: 1_800_000_000 }
    const request = { method: 'POST', path: '/auth/api/v1/users/ada/tokens' }
    expect(asGafaelfawr({ event: 'audit', fields: eventOf({ after, request }) }).fields).toEqual({
      action: 'token.create',
      audit_id: 'abc',
      user: 'ada',
      token: 'key',
      token_key: 'new',
      token_username: 'ada',
      token_name: 'topcat',
      token_scopes: ['read:tap'],
      token_expires: '2027-01-15 08:00:00',
      httpRequest: {
        requestMethod: 'POST',
        requestUrl: '/auth/api/v1/users/ada/tokens',
        remoteIp: '192.0.2.1',
      },
    })
  })

  it('keeps what Gafaelfawr does not have', () => {
    const fields = { store: 'redis', code: 'ECONNRESET', count: 3 }
    expect(asGafaelfawr({ event: 'Redis connection lost', fields })).toEqual({ event: 'Redis connection lost', fields })
  })
})
