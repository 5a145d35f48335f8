import { describe, expect, it } from '@jest/globals'
import { ACCESS_TOKEN_TYPE, type ExchangeForm, readExchange } from '../../../server/core/openid/exchange.js'

const FORM: ExchangeForm = { subject_token: 'gt-x', subject_token_type: ACCESS_TOKEN_TYPE }
const read = (more: ExchangeForm = {}) => readExchange({ ...FORM, ...more })

describe('the request of an exchange', () => {
  it('is read as it was sent', () => {
    expect(read()).toEqual({
      subjectToken: 'gt-x',
      subjectType: ACCESS_TOKEN_TYPE,
      audiences: [],
      resources: [],
      networks: [],
    })
    const form: ExchangeForm = {
      scope: 'read:tap read:image  read:tap',
      requested_expiry: '600',
      requested_token_type: ACCESS_TOKEN_TYPE,
      audience: ['tap', 'soda'],
      resource: 'https://data.example.org/api/tap',
      network: '192.0.2.0/24',
    }
    expect(read(form)).toMatchObject({
      scopes: ['read:image', 'read:tap'],
      seconds: 600,
      audiences: ['tap', 'soda'],
      resources: ['https://data.example.org/api/tap'],
      networks: ['192.0.2.0/24'],
    })
  })

  it.each([
    ['no token', { subject_token: '' }, 'invalid_request', 'subject_token'],
    ['a token of no type', { subject_token_type: undefined }, 'invalid_request', 'subject_token_type'],
    ['the token of an actor', { actor_token: 'gt-y' }, 'invalid_request', 'actor_token'],
    ['the type of an actor', { actor_token_type: ACCESS_TOKEN_TYPE }, 'invalid_request', 'actor_token'],
    [
      'a wish for a refresh token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      'invalid_request',
      'requested_token_type',
    ],
    ['no seconds', { requested_expiry: '0' }, 'invalid_request', 'requested_expiry'],
    ['seconds before now', { requested_expiry: '-5' }, 'invalid_request', 'requested_expiry'],
    ['half seconds', { requested_expiry: '0.5' }, 'invalid_request', 'requested_expiry'],
    ['more seconds than an instant has', { requested_expiry: '99999999999' }, 'invalid_request', 'requested_expiry'],
    ['no scope', { scope: 'read:tap read/tap' }, 'invalid_scope', 'scope'],
  ] as const)('is refused with %s', (_what, form, error, says) => {
    expect(read(form)).toMatchObject({ error, description: expect.stringContaining(says) })
  })
})
