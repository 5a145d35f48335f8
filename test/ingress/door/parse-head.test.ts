import { describe, expect, it } from '@jest/globals'
import { MAX_PLAIN_BYTES, parseHead, SeenStrings } from '../../../server/ingress/door/parse-head.js'

const parse = (text: string, from = 0, seen = new SeenStrings()) => parseHead(Buffer.from(text, 'latin1'), from, seen)

const LINES = ['Host: data.example.org', 'X-Original-URL: https://data.example.org/tap', 'Authorization: Bearer gt-a.b']
const head = (start = 'GET /ingress/auth?scope=read:tap HTTP/1.1', lines = LINES) =>
  `${[start, ...lines].join('\r\n')}\r\n\r\n`

describe('a plain head', () => {
  it('is read with its target, the headers of a check, and where the next request begins', () => {
    const text = `before${head()}`
    expect(parse(text, 6)).toMatchObject({
      url: '/ingress/auth?scope=read:tap',
      headers: { originalUrl: 'https://data.example.org/tap', authorization: 'Bearer gt-a.b', cookie: undefined },
      end: text.length,
    })
  })

  it('has names in any letters, and other headers that no check asks for', () => {
    expect(
      parse(head(undefined, ['hOST: x', 'authorization: y', 'x-forwarded-FOR: z', '!#$%&*+.^_`|~: 1'])),
    ).toMatchObject({ headers: { authorization: 'y', forwardedFor: 'z' } })
  })

  it('ends before a request behind it', () => {
    expect(parse(head() + head())).toMatchObject({ end: head().length })
  })

  it('gives the strings of the request before where the bytes are the same, and no others', () => {
    const seen = new SeenStrings()
    const lines = [...LINES, 'User-Agent: pyvo/1.6', 'X-Forwarded-For: 192.0.2.1']
    const first = parse(head(undefined, lines), 0, seen)
    expect(parse(head(undefined, lines), 0, seen)).toEqual(first)
    const others = ['Host: x', 'X-Original-URL: https://data.example.org/tapestry', 'User-Agent: pyvo/1', 'Cookie: a']
    expect(parse(head('GET /ingress/auth?scope=read HTTP/1.1', others), 0, seen)).toEqual(
      parse(head('GET /ingress/auth?scope=read HTTP/1.1', others)),
    )
    expect(parse(head('GET /ingress/auth?scope=read:tap&x HTTP/1.1', lines), 0, seen)).toEqual(
      parse(head('GET /ingress/auth?scope=read:tap&x HTTP/1.1', lines)),
    )
  })

  it('judges every request as on a new connection, wherever it ends', () => {
    for (const next of [
      head(),
      `${head().slice(0, -2)} \r\n\r\n`,
      `${head().slice(0, -4)}\r\r\n`,
      head().replace(': https', ':  https'),
    ]) {
      for (let length = 0; length <= next.length; length++) {
        const seen = new SeenStrings()
        parse(head(), 0, seen)
        expect(parse(next.slice(0, length), 0, seen)).toEqual(parse(next.slice(0, length)))
      }
    }
  })

  it('leaves no credential in what is kept for the next', () => {
    const seen = new SeenStrings()
    parse(head(undefined, [...LINES, 'Cookie: postern=gt-c.d']), 0, seen)
    expect(JSON.stringify(seen)).toContain('https://data.example.org/tap')
    expect(JSON.stringify(seen)).not.toContain('gt-')
  })
})

describe('the beginning of a plain head', () => {
  it('is incomplete, wherever it ends', () => {
    const whole = head()
    const found = Array.from({ length: whole.length }, (_, length) => parse(whole.slice(0, length)))
    expect(new Set(found)).toEqual(new Set(['incomplete']))
  })

  it('is unusual once it is longer than a plain head may be', () => {
    const long = `GET /ingress/auth HTTP/1.1\r\nHost: x\r\nCookie: ${'c'.repeat(MAX_PLAIN_BYTES)}`
    expect([parse(long.slice(0, MAX_PLAIN_BYTES - 1)), parse(long.slice(0, MAX_PLAIN_BYTES)), parse(long)]).toEqual([
      'incomplete',
      'unusual',
      'unusual',
    ])
  })
})

describe('what is left to Node', () => {
  it.each([
    ['another method', head('POST /ingress/auth HTTP/1.1')],
    ['another path', head('GET /health HTTP/1.1')],
    ['an absolute target', head('GET http://x/ingress/auth HTTP/1.1')],
    ['a fragment', head('GET /ingress/auth#x HTTP/1.1')],
    ['a byte above ASCII in the target', head('GET /ingress/\u00e9 HTTP/1.1')],
    ['HTTP/1.0', head('GET /ingress/auth HTTP/1.0')],
    ['two spaces', head('GET /ingress/auth  HTTP/1.1')],
    ['a tab before the version', head('GET /ingress/auth\tHTTP/1.1')],
    ['a line break before the request', `\r\n${head()}`],
    ['a lone line feed', head().replace('\r\n', '\n')],
    ['a lone carriage return', 'GET /ingress/auth HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n'],
    ['a carriage return that is doubled', 'GET /ingress/auth HTTP/1.1\r\nHost: x\r\r\n\r\n'],
    ['no Host', head(undefined, LINES.slice(1))],
    ['two Hosts', head(undefined, [...LINES, 'host: data.example.org'])],
    ['two lines of a header of a check', head(undefined, [...LINES, 'authorization: Bearer gt-c.d'])],
    ...[
      ...['Content-Length: 0', 'Transfer-Encoding: chunked', 'TE: trailers', 'Trailer: X', 'Expect: 100-continue'],
      ...[
        'Upgrade: h2c',
        'HTTP2-Settings: x',
        'Connection: close',
        'connection: keep-alive',
        'Proxy-Connection: close',
      ],
      ...[
        'Keep-Alive: timeout=5',
        'X: ',
        'X:',
        'X:y',
        'X:  y',
        'X: y ',
        'X:\ty',
        'X: a\tb',
        'X : y',
        ' X: y',
        '\tfolded',
      ],
      ...[': y', 'X', 'X: \u00e9', 'X: \u0000', 'X: \u007f', 'X(: y', 'X\u00e9: y'],
    ].map((line): [string, string] => [JSON.stringify(line), head(undefined, [...LINES, line])]),
    [
      'more lines than Node is sure to keep',
      head(undefined, ['Host: x', ...Array.from({ length: 100 }, () => 'X: y')]),
    ],
  ])('%s', (_what, text) => {
    expect(parse(text)).toBe('unusual')
  })

  it('is so as soon as it can be told', () => {
    const length = 'GET /ingress/a HTTP/1.1\r\nContent-Length:'
    expect(['P', 'GET /h', 'GET /ingress/a b', 'GET /ingress/a HTTP/1.1\n', length].map((text) => parse(text))).toEqual(
      Array.from({ length: 5 }, () => 'unusual'),
    )
  })
})
