import { describe, expect, it } from '@jest/globals'
import { isRedirectAllowed, isRedirectUri } from '../../../server/core/openid/redirect.js'

const HERE = 'https://grafana.example.org/login/generic_oauth'
const LOOPBACK = 'http://localhost:8085/auth/callback'

describe('an address may be registered', () => {
  it.each([HERE, LOOPBACK, 'http://127.0.0.1/cb', 'http://[::1]:9/cb', `${HERE}?next=/a`, 'https://a.example:8443/'])(
    'when it is %s',
    (address) => expect(isRedirectUri(address)).toBe(true),
  )

  it.each([
    ['http on a network', 'http://grafana.example.org/cb'],
    ['a fragment', `${HERE}#x`],
    ['an empty fragment', `${HERE}#`],
    ['a user name', 'https://site@evil.example/'],
    ['parameters of a segment', `${HERE};x=1`],
    ['another scheme', 'javascript:alert(1)'],
    ['a backslash', 'https://grafana.example.org\\@evil.example/'],
    ['a space', 'https://grafana.example.org/ x'],
    ['a name that only looks local', 'http://localhost.evil.example/'],
    ['a path alone', '/cb'],
  ])('but not with %s', (_what, address) => expect(isRedirectUri(address)).toBe(false))
})

describe('a code is sent', () => {
  const confidential = { redirectUris: [HERE, LOOPBACK], isPublic: false }
  const program = { redirectUris: ['http://127.0.0.1/cb', 'http://[::1]:1/cb', HERE], isPublic: true }

  it.each([
    [confidential, HERE],
    [confidential, LOOPBACK],
    [confidential, `${HERE}?next=%2Fd%2F1`],
    [program, HERE],
    [program, 'http://127.0.0.1/cb'],
    [program, 'http://127.0.0.1:50123/cb'],
    [program, 'http://[::1]:50123/cb'],
  ])('to an address of the client: %#', (client, address) => expect(isRedirectAllowed(client, address)).toBe(true))

  it.each([
    ['of another host', confidential, 'https://evil.example/login/generic_oauth'],
    ['of another port', confidential, 'https://grafana.example.org:444/login/generic_oauth'],
    ['below the path', confidential, `${HERE}/x`],
    ['through dots', confidential, 'https://grafana.example.org/x/../login/generic_oauth'],
    ['in other letters', confidential, HERE.replace('grafana', 'GRAFANA')],
    ['with parameters of a segment', confidential, `${HERE};x`],
    ['with a fragment', confidential, `${HERE}?a#b`],
    ['by http', confidential, HERE.replace('https', 'http')],
    ['at another local port, for a client with a secret', confidential, 'http://localhost:1/auth/callback'],
    ['with a query, for a public client', program, `${HERE}?x`],
    ['at another local path', program, 'http://127.0.0.1:50123/other'],
    ['at another local name', program, 'http://localhost:50123/cb'],
    ['that only begins locally', program, 'http://127.0.0.1:80@evil.example/cb'],
    ['that hides a host behind a backslash', program, 'http://127.0.0.1\\@evil.example/cb'],
  ])('but not to one %s', (_what, client, address) => expect(isRedirectAllowed(client, address)).toBe(false))
})
