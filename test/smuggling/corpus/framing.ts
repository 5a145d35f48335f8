import { bearer, CRLF, lines, type Smuggling, SYNC } from '../smuggling.js'

const SECOND = `GET /tap/smuggled HTTP/1.1${CRLF}Host: x${CRLF}X-Auth-Request-User: root${CRLF}${CRLF}`

/** Where one request ends and the next begins. */
export const framing: readonly Smuggling[] = [
  {
    name: 'a body that looks like a request',
    never: ['smuggled', 'root'],
    bytes: (t) => lines(t, 'POST /tap/sync HTTP/1.1', [bearer(t), `Content-Length: ${SECOND.length}`], SECOND),
    outcome: 'passes',
  },
  {
    name: 'a body that looks like a request, where nobody reads it',
    never: ['smuggled', 'root'],
    bytes: (t) =>
      lines(t, 'POST /tap/sync HTTP/1.1', ['Connection: keep-alive', `Content-Length: ${SECOND.length}`], SECOND),
    outcome: 'refused',
  },
  {
    name: 'a second request behind a good one',
    never: ['smuggled', 'root'],
    bytes: (t) => lines(t, SYNC, [bearer(t), 'Connection: keep-alive']) + SECOND,
    outcome: 'passes',
  },
  {
    name: 'Content-Length and Transfer-Encoding',
    never: ['smuggled', 'root'],
    bytes: (t) =>
      lines(
        t,
        'POST /tap/sync HTTP/1.1',
        [bearer(t), 'Connection: keep-alive', `Content-Length: ${5 + SECOND.length}`, 'Transfer-Encoding: chunked'],
        `0${CRLF}${CRLF}${SECOND}`,
      ),
  },
  {
    name: 'two Content-Lengths',
    never: ['smuggled', 'root'],
    bytes: (t) =>
      lines(
        t,
        'POST /tap/sync HTTP/1.1',
        [bearer(t), 'Connection: keep-alive', 'Content-Length: 0', `Content-Length: ${SECOND.length}`],
        SECOND,
      ),
  },
  ...['chunked, identity', 'xchunked', 'chunked\x0b', '\x0bchunked', 'identity', '"chunked"'].map(
    (coding): Smuggling => ({
      name: `Transfer-Encoding: ${JSON.stringify(coding)}`,
      never: ['smuggled', 'root'],
      bytes: (t) =>
        lines(
          t,
          'POST /tap/sync HTTP/1.1',
          [bearer(t), 'Connection: keep-alive', 'Content-Length: 5', `Transfer-Encoding: ${coding}`],
          `0${CRLF}${CRLF}${SECOND}`,
        ),
    }),
  ),
  {
    name: 'Transfer_Encoding',
    never: ['smuggled', 'root', 'Transfer_Encoding'],
    bytes: (t) =>
      lines(
        t,
        'POST /tap/sync HTTP/1.1',
        [bearer(t), `Content-Length: ${5 + SECOND.length}`, 'Transfer_Encoding: chunked'],
        `0${CRLF}${CRLF}${SECOND}`,
      ),
    outcome: 'passes',
  },
  {
    name: 'a chunk with a size that overflows',
    never: ['smuggled', 'root'],
    bytes: (t) =>
      lines(
        t,
        'POST /tap/sync HTTP/1.1',
        [bearer(t), 'Connection: keep-alive', 'Transfer-Encoding: chunked'],
        `10000000000000000${CRLF}${SECOND}`,
      ),
  },
  {
    name: 'a body on a GET',
    never: ['smuggled', 'root'],
    bytes: (t) => lines(t, SYNC, [bearer(t), `Content-Length: ${SECOND.length}`], SECOND),
    outcome: 'passes',
  },
]
