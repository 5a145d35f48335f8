import { describe, expect, it } from '@jest/globals'
import { DEVICE_GRANT } from '../../../server/core/openid/device.js'
import { readRegistration } from '../../../server/core/openid/registration.js'

/** What `canfar` 1.5 sends. */
const CANFAR = {
  client_name: 'Science Platform CLI @ host',
  grant_types: [DEVICE_GRANT, 'refresh_token'],
  response_types: ['token'],
  token_endpoint_auth_method: 'client_secret_basic',
  scope: 'openid profile email offline_access',
}

describe('a client that registers itself', () => {
  it('may be a program on a device, whatever flow its response types belong to', () => {
    expect(readRegistration(CANFAR)).toEqual({ name: CANFAR.client_name, authMethod: 'client_secret_basic' })
    expect(readRegistration({ ...CANFAR, redirect_uris: [], grant_types: [DEVICE_GRANT] })).toHaveProperty('name')
  })

  it('may have a long name, such as one with its host, which is cut', () => {
    const client_name = `Science Platform CLI @ ${'node-17.cluster.'.repeat(4)}example.org 2026-11-26 15:28`
    expect(readRegistration({ ...CANFAR, client_name })).toMatchObject({ name: client_name.slice(0, 64) })
  })

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['a text', 'x'],
    ['no name', { ...CANFAR, client_name: undefined }],
    ['a name with a control character', { ...CANFAR, client_name: 'a\nb\0' }],
    ['no grant', { ...CANFAR, grant_types: undefined }],
    ['no grant for devices', { ...CANFAR, grant_types: ['refresh_token'] }],
    ['the grant for browsers, too', { ...CANFAR, grant_types: [DEVICE_GRANT, 'authorization_code'] }],
    ['no secret', { ...CANFAR, token_endpoint_auth_method: 'none' }],
    ['a key', { ...CANFAR, token_endpoint_auth_method: 'private_key_jwt' }],
  ])('is refused with %s', (_what, given) => {
    expect(readRegistration(given)).toMatchObject({ error: 'invalid_client_metadata' })
  })

  it.each([[['https://evil.example.org/']], 'https://evil.example.org/', {}])(
    'is refused with the address %j',
    (redirect_uris) => {
      expect(readRegistration({ ...CANFAR, redirect_uris })).toMatchObject({ error: 'invalid_redirect_uri' })
    },
  )
})
