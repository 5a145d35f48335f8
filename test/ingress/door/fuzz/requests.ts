import type { Chance } from './lots.js'

/** Requests as the proxies send them, and what clients add to them. */
const NGINX = [
  'Host: data.example.org',
  'X-Original-URL: https://data.example.org/tap/sync?query=x',
  'X-Original-Method: GET',
  'X-Request-Id: 5b2f4f2f3a1b4f0e9d8c7b6a59483726',
  'X-Forwarded-For: 192.0.2.17',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: data.example.org',
  'User-Agent: pyvo/1.6 Python/3.12',
  'Accept: */*',
]
const FORWARD = [
  'Host: postern:8090',
  'User-Agent: Go-http-client/1.1',
  'X-Forwarded-For: 192.0.2.17',
  'X-Forwarded-Host: data.example.org',
  'X-Forwarded-Method: GET',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Uri: /tap/sync',
  'Accept-Encoding: gzip',
]
const GATEWAY = ['Host: data.example.org', 'Path: /tap/sync', 'Method: GET', 'X-Forwarded-For: 192.0.2.17']
const ENVOY = [
  'host: data.example.org',
  'x-envoy-internal: true',
  'x-forwarded-for: 192.0.2.17',
  'x-forwarded-proto: https',
  'x-request-id: 0f0e0d0c-0b0a-0908-0706-050403020100',
  'content-length: 0',
]
const HEADS: readonly (readonly [target: string, lines: readonly string[]])[] = [
  ['/ingress/auth?scope=read:tap&service=tap&auth_type=both', NGINX],
  ['/ingress/auth?scope=read:tap', NGINX],
  ['/ingress/forward?scope=read:tap', FORWARD],
  ['/ingress/gateway/scope=read:tap', GATEWAY],
  ['/ingress/envoy/scope=read:tap/tap/sync?x=1', ENVOY],
  ['/ingress/anonymous', NGINX],
]

const CREDENTIALS = [
  'Authorization: Bearer gt-AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB',
  'Authorization: Basic Z3QtQTpCOngtb2F1dGgtYmFzaWM=',
  'Cookie: postern=gt-AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB; theme=dark',
  'Cookie: theme=dark',
]

/** Lines with which parsers have been led astray. */
const ODD_LINES = [
  ...['Content-Length: 0', 'Content-Length: 5', 'Content-Length: +5', 'Content-Length: 0x5', 'Content-Length: 5, 5'],
  ...['Content-Length : 5', 'Content-Length:5', ' Content-Length: 5', 'Content_Length: 5', 'content-length: 00'],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked, identity'],
  ...[
    'Transfer-Encoding : chunked',
    'Transfer-Encoding:\tchunked',
    'transfer-encoding: CHUNKED',
    'Transfer-Encoding: \u000bchunked',
  ],
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: Upgrade',
    'Connection: Authorization',
    'Proxy-Connection: close',
  ],
  ...[
    'Keep-Alive: timeout=1',
    'Upgrade: websocket',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'Expect: x',
    'TE: trailers',
  ],
  ...[
    'Trailer: Authorization',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
    'Host: other.example.org',
    'Host:',
    'Host: a b',
    'X-Empty:',
    'X-Empty: ',
  ],
  ...[
    'X-Spaces:   y',
    'X-Spaces: y   ',
    'X-Tab:\ty',
    'X-Tab: a\tb',
    'X-Colon: a:b: c',
    'X:y',
    ': y',
    'X',
    '',
    ' ',
    '\tfolded',
    ' folded: 1',
  ],
  ...[
    'X\u0000: y',
    'X: \u0000',
    'X: \u0001',
    'X: \u007f',
    'X: \u00e9',
    'X: \u00ff',
    'X\u00e9: y',
    'X(: y',
    'X\u007f: y',
    'X,Y: z',
    '"X": y',
  ],
  ...[
    '__proto__: x',
    'constructor: x',
    'Set-Cookie: a=b',
    'set-cookie: c=d',
    'Cookie: a=b',
    'Origin: https://x.example.org',
  ],
  ...[
    'X-Requested-With: XMLHttpRequest',
    'Method: OPTIONS',
    'X-Original-Method: OPTIONS',
    'X-Forwarded-For: 10.0.0.1, 192.0.2.1',
  ],
  ...['Authorization: Digest x', 'AUTHORIZATION: bearer x', 'Authorization_: x', `X-Long: ${'y'.repeat(300)}`],
]

const STARTS = [
  ...['POST', 'HEAD', 'OPTIONS', 'get', 'GET\t', ' GET', 'GETT', 'PRI', 'CONNECT', 'M-SEARCH', ''].map(
    (method) => (target: string) => `${method} ${target} HTTP/1.1`,
  ),
  ...[
    'HTTP/1.0',
    'HTTP/0.9',
    'HTTP/2.0',
    'HTTP/1.2',
    'http/1.1',
    'HTTP/1.1 ',
    'HTTP/1.11',
    'HTTP/01.1',
    'HTTP/1.1x',
    '',
  ].map((version) => (target: string) => `GET ${target} ${version}`),
  ...['  ', '\t', '\u000b', '\u00a0'].map((space) => (target: string) => `GET${space}${target} HTTP/1.1`),
  ...['#x', '?a?b', '/../x', '/%00', '\u00e9', '\\', '"', '|', '^', '`', '{}', '<>', '\u007f', '\u0000', ' '].map(
    (more) => (target: string) => `GET ${target}${more} HTTP/1.1`,
  ),
  (target: string) => `GET http://data.example.org${target} HTTP/1.1`,
  (target: string) => `GET /${target} HTTP/1.1`,
  () => 'GET * HTTP/1.1',
  () => 'GET /health HTTP/1.1',
  () => 'GET /ingress HTTP/1.1',
  (target: string) => `GET ${target}`,
]

const BODIES = [
  '',
  '',
  '',
  'hello',
  '0\r\n\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
  'GET /ingress/auth HTTP/1.1\r\nHost: x\r\n\r\n',
  '\r\n',
  '\n',
]
const BREAKS = ['\n', '\r', '\r\r\n', '\n\r', '\r\n ', '\r\n\r\n', '', '\u0085']
const BYTES = '\u0000\t\n\u000b\r !"#%:;,=GH\u007f\u0080\u00a0\u00ff'

/** Draws what a client or a broken proxy may send on one connection: one request or several, plain or with faults. */
export function drawBytes(chance: Chance): Buffer {
  const count = chance.below(4) === 0 ? 1 + chance.below(3) : 1
  let text = ''
  for (let each = 0; each < count; each++) text += drawRequest(chance)
  if (chance.below(6) === 0) text = text.slice(0, chance.below(text.length + 1))
  return Buffer.from(text, 'latin1')
}

/** Cuts bytes into the pieces in which they arrive. */
export function drawPieces(bytes: Buffer, chance: Chance): Buffer[] {
  if (chance.below(2) === 0) return [bytes]
  const cuts = Array.from({ length: 1 + chance.below(4) }, () => chance.below(bytes.length + 1)).sort((a, b) => a - b)
  return [0, ...cuts]
    .map((from, at) => bytes.subarray(from, [...cuts, bytes.length][at]))
    .filter(({ length }) => length > 0)
}

function drawRequest(chance: Chance): string {
  const [target, usual] = chance.of(HEADS)
  const lines = [...usual]
  if (chance.below(3) > 0) lines.push(chance.of(CREDENTIALS))
  const start = chance.below(5) === 0 ? chance.of(STARTS)(target) : `GET ${target} HTTP/1.1`
  for (let faults = FAULTS[chance.below(FAULTS.length)] ?? 0; faults > 0; faults--) spoil(lines, chance)
  const text = `${[start, ...lines].join('\r\n')}\r\n\r\n${chance.below(5) === 0 ? chance.of(BODIES) : ''}`
  return chance.below(6) === 0 ? mutated(text, chance) : text
}

/** How many lines are spoiled: in half of the requests none. */
const FAULTS = [0, 0, 0, 1, 1, 2]

function spoil(lines: string[], chance: Chance): void {
  const at = chance.below(lines.length)
  const line = lines[at] ?? ''
  const kind = chance.below(8)
  if (kind < 3) lines.splice(at, 0, chance.of(ODD_LINES))
  else if (kind === 3) lines.splice(at, 1)
  else if (kind === 4) lines.push(line)
  else if (kind === 5) lines[at] = chance.below(2) === 0 ? line.toLowerCase() : line.toUpperCase()
  else if (kind === 6) lines[at] = line.replace(': ', chance.of([':', ' : ', ':  ', ':\t', ' ', '']))
  else lines[at] = line + chance.of([' ', '\t', '  ', '\u00e9', 'x'.repeat(chance.below(40))])
}

/** Changes a byte or a line break anywhere. */
function mutated(text: string, chance: Chance): string {
  const at = chance.below(text.length)
  const byte = chance.of([...BYTES])
  const kind = chance.below(4)
  if (kind === 0) return text.slice(0, at) + byte + text.slice(at)
  if (kind === 1) return text.slice(0, at) + byte + text.slice(at + 1)
  if (kind === 2) return text.slice(0, at) + text.slice(at + 1)
  const breaks = [...text.matchAll(/\r\n/g)].map(({ index }) => index)
  const place = chance.of(breaks.length > 0 ? breaks : [0])
  return text.slice(0, place) + chance.of(BREAKS) + text.slice(place + 2)
}
