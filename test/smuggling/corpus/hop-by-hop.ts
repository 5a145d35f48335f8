import { adas, bearer, lines, type Smuggling, SYNC } from '../smuggling.js'

/** Headers that a proxy drops, or does not, because `Connection` names them (RFC 9110, section 7.6.1). */
export const hopByHop: readonly Smuggling[] = [
  {
    name: 'Connection: X-Auth-Request-User, so that the identity is dropped',
    never: [],
    bytes: adas('Connection: close, X-Auth-Request-User, X-Auth-Request-Email'),
    outcome: 'passes',
  },
  {
    name: 'Connection: Authorization, so that the credential is neither seen nor removed',
    never: ['Bearer'],
    bytes: adas('Connection: close, Authorization'),
  },
  {
    name: 'Connection: Cookie',
    never: ['postern='],
    bytes: adas('Cookie: postern=stale', 'Connection: close, Cookie'),
  },
  {
    name: 'Connection: X-Forwarded-For, X-Real-IP',
    never: ['6.6.6.6'],
    bytes: adas('X-Forwarded-For: 6.6.6.6', 'Connection: close, X-Forwarded-For, X-Real-IP, X-Forwarded-Host'),
    outcome: 'passes',
  },
  {
    name: 'Connection: X-Forwarded-Method and -Uri, so that the check is asked about something else',
    never: [],
    bytes: (t) =>
      lines(t, 'OPTIONS /tap/sync HTTP/1.1', [
        'Connection: close, X-Forwarded-Method, X-Forwarded-Uri, X-Original-Method',
      ]),
    outcome: 'refused',
  },
  {
    name: 'Keep-Alive and Proxy-Connection naming headers',
    never: ['root'],
    bytes: adas(
      'Proxy-Connection: X-Auth-Request-User',
      'Keep-Alive: X-Auth-Request-User',
      'X-Auth-Request-User: root',
    ),
    outcome: 'passes',
  },
  {
    name: 'Proxy-Authorization with a token',
    never: ['Proxy-Authorization'],
    bytes: (t) => lines(t, SYNC, [bearer(t), `Proxy-Authorization: Bearer ${t.token}`]),
    outcome: 'passes',
  },
  {
    name: 'an upgrade',
    never: ['root'],
    bytes: adas(
      'Connection: Upgrade, X-Auth-Request-User',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
      'X-Auth-Request-User: root',
    ),
  },
]
