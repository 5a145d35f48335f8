import { adas, bearer, CRLF, lines, nobodys, type Smuggling } from '../smuggling.js'

const METHODS = ['get', 'options', 'Options', 'TRACE', 'HEAD', 'FOO', 'PROPFIND']

/** Methods, versions, sizes and bytes. */
export const others: readonly Smuggling[] = [
  ...METHODS.map(
    (method): Smuggling => ({
      name: `${method} without a token`,
      never: [],
      bytes: (t) => lines(t, `${method} /tap/sync HTTP/1.1`),
      outcome: 'refused',
    }),
  ),
  {
    name: 'TRACE with a token',
    never: ['gt-', 'Bearer'],
    bytes: (t) => lines(t, 'TRACE /tap/sync HTTP/1.1', [bearer(t)]),
  },
  {
    name: 'HTTP/1.0 without a Host',
    never: ['root'],
    bytes: (t) => `GET /tap/sync HTTP/1.0${CRLF}${bearer(t)}${CRLF}X-Auth-Request-User: root${CRLF}${CRLF}`,
  },
  {
    name: 'HTTP/1.0 without a token',
    never: [],
    bytes: (t) => `GET /tap/sync HTTP/1.0${CRLF}Host: ${t.host}${CRLF}${CRLF}`,
    outcome: 'refused',
  },
  { name: 'HTTP/0.9', never: [], bytes: () => `GET /tap/sync${CRLF}`, outcome: 'refused' },
  {
    name: 'HTTP/2 without having asked',
    never: [],
    bytes: () => `PRI * HTTP/2.0${CRLF}${CRLF}SM${CRLF}${CRLF}`,
    outcome: 'refused',
  },
  { name: '64 KiB of one header', never: [], bytes: adas(`X-Long: ${'x'.repeat(64 * 1024)}`) },
  {
    name: '64 KiB of one header without a token',
    never: [],
    bytes: nobodys('/tap/sync', `X-Long: ${'x'.repeat(64 * 1024)}`),
    outcome: 'refused',
  },
  {
    name: '64 KiB of headers before the identity',
    never: ['root'],
    bytes: adas(
      ...Array.from({ length: 16 }, (_, n) => `X-Long-${n}: ${'x'.repeat(4096)}`),
      'X-Auth-Request-User: root',
    ),
  },
  {
    name: '64 KiB of headers without a token',
    never: [],
    bytes: nobodys('/tap/sync', ...Array.from({ length: 16 }, (_, n) => `X-Long-${n}: ${'x'.repeat(4096)}`)),
    outcome: 'refused',
  },
  { name: 'a NUL in a header', never: ['root'], bytes: adas('X-Other: a\0X-Auth-Request-User: root') },
  { name: 'a NUL in an identity header’s name', never: ['root'], bytes: adas('X-Auth-Request-User\0: root') },
  {
    name: 'control bytes in a header',
    never: ['root'],
    bytes: adas('X-Other: \x01\x08\x1b[2J\x7f', 'X-Auth-Request-User: root'),
  },
  {
    name: 'bytes that are no UTF-8 in the user’s header',
    never: ['r\xf6\xf6t'],
    bytes: adas('X-Auth-Request-User: r\xf6\xf6t'),
    outcome: 'passes',
  },
]
