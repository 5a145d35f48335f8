import { adas, bearer, CRLF, lines, nobodys, type Smuggling, SYNC } from '../smuggling.js'

/** Saying oneself who one is. */
export const forgedIdentity: readonly Smuggling[] = [
  ...[
    'X-Auth-Request-User',
    'x-auth-request-user',
    'X-AUTH-REQUEST-USER',
    'X_Auth_Request_User',
    'X-Auth_Request-User',
    'X_AUTH_REQUEST_USER',
    'X.Auth.Request.User',
    'X!Auth#Request$User',
    "X%Auth&Request'User",
    'X*Auth+Request^User',
    'X`Auth|Request~User',
  ].map(
    (name): Smuggling => ({
      name: `${name} by the client`,
      never: ['root'],
      bytes: adas(`${name}: root`),
      outcome: 'passes',
    }),
  ),
  {
    name: 'X-Auth-Request-User twice, around the credential',
    never: ['root', 'toor'],
    bytes: (t) => lines(t, SYNC, ['X-Auth-Request-User: root', bearer(t), 'X-Auth-Request-User: toor']),
    outcome: 'passes',
  },
  {
    name: 'every identity header',
    never: ['root', 'forged'],
    bytes: adas(
      'X-Auth-Request-User: root',
      'X-Auth-Request-Email: root@forged',
      'X-Auth-Request-Service: forged',
      'X-Auth-Request-Token: gt-forged.forged',
      'X-Auth-Request-Anonymous: forged',
    ),
    outcome: 'passes',
  },
  {
    name: 'somebody who would rather be nobody',
    never: [],
    bytes: adas('X-Auth-Request-Anonymous: true', 'X_Auth_Request_Anonymous: true'),
    outcome: 'passes',
  },
  {
    name: 'an identity header where everybody may read',
    never: ['root', 'forged'],
    bytes: nobodys(
      '/tap/capabilities',
      'X-Auth-Request-User: root',
      'X_Auth_Request_Email: forged',
      'X-Auth-Request-Anonymous: forged',
    ),
  },
  {
    name: 'an identity header with a space before its colon',
    never: ['root'],
    bytes: adas('X-Auth-Request-User : root'),
  },
  { name: 'an identity header folded over two lines', never: ['root'], bytes: adas('X-Auth-Request-User:', ' root') },
  {
    name: 'an identity header folded below another',
    never: ['\nX-Auth-Request-User: root'],
    bytes: adas('X-Other: a', '\tX-Auth-Request-User: root'),
  },
  {
    name: 'an identity header behind a bare line feed',
    never: ['X-Auth-Request-User: root'],
    bytes: adas('X-Other: a\nX-Auth-Request-User: root'),
  },
  {
    name: 'an identity header behind a bare carriage return',
    never: ['X-Auth-Request-User: root'],
    bytes: adas('X-Other: a\rX-Auth-Request-User: root'),
  },
  {
    name: 'an identity header after the body',
    never: ['root'],
    bytes: (t) =>
      lines(
        t,
        'POST /tap/sync HTTP/1.1',
        [bearer(t), 'Transfer-Encoding: chunked', 'Trailer: X-Auth-Request-User'],
        `1${CRLF}x${CRLF}0${CRLF}X-Auth-Request-User: root${CRLF}${CRLF}`,
      ),
  },
  {
    name: 'an identity header in the request line',
    never: ['root'],
    bytes: (t) => lines(t, `GET /tap/sync HTTP/1.1\nX-Auth-Request-User: root`, [bearer(t)]),
  },
  {
    name: 'X-VO-Authenticated by the client',
    never: ['X-Auth-Request-User: root'],
    bytes: adas('X-VO-Authenticated: root'),
    outcome: 'passes',
  },
]
