import type { Chance } from '../../support/chance.js'
import { base64, SESSION_COOKIE } from './carriers.js'

/** Makes the header lines of a living token's forgery; `spoil` changes the text of a token. */
type Maker = (text: string, chance: Chance, spoil: (text: string) => string) => readonly string[]

const bearer = (text: string) => `Authorization: Bearer ${text}`

/** Base64 that differs from the standard's. */
const VARIANTS: readonly ((encoded: string, chance: Chance) => string)[] = [
  (encoded) => encoded.replaceAll('+', '-').replaceAll('/', '_'),
  (encoded) => encoded.replace(/=+$/, ''),
  (encoded, chance) => encoded + '='.repeat(chance.between(1, 4)),
  (encoded, chance) => inserted(encoded, chance.pick([' ', '\t', '  ', '\r\n ', '\r\n\t', '\n']), chance),
  (encoded, chance) =>
    inserted(encoded, chance.pick(['*', '.', ',', ':', '!', '"', '%', '\0', '\x80', '\xff', '~', '$']), chance),
  (encoded, chance) => inserted(encoded, chance.pick(['=', '==', '===']), chance),
  (encoded, chance) => inserted(encoded, chance.pick(['A', 'AA', 'AAAA', 'Zg==']), chance),
  (encoded, chance) => withLowBits(encoded, chance),
  (encoded, chance) => {
    const at = chance.between(0, encoded.length - 1)
    const letter = encoded.charAt(at)
    return (
      encoded.slice(0, at) +
      (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()) +
      encoded.slice(at + 1)
    )
  },
  (encoded, chance) => encoded.slice(0, chance.between(0, encoded.length)),
  (encoded) => base64(encoded),
  (encoded) => encoded.toLowerCase(),
]

function inserted(text: string, what: string, chance: Chance): string {
  const at = chance.between(0, text.length)
  return text.slice(0, at) + what + text.slice(at)
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Sets bits behind the last whole byte, which mean nothing. */
function withLowBits(encoded: string, chance: Chance): string {
  const padding = /=*$/.exec(encoded)?.[0].length ?? 0
  const at = encoded.length - padding - 1
  const free = [0, 0b11, 0b1111][padding] ?? 0
  const value = ALPHABET.indexOf(encoded.charAt(at)) ^ (free && chance.between(1, free))
  return encoded.slice(0, at) + ALPHABET.charAt(value) + '='.repeat(padding)
}

const SCHEMES = [
  ...['bearer ', 'BEARER ', 'bEaReR  ', 'Bearer\t', 'Bearer \t ', 'Token ', 'TOKEN '],
  ...[
    '',
    'Bearer',
    'Bearer:',
    'Bearer=',
    'Bearer,',
    'Bearer; ',
    'Bearer Bearer ',
    'Basic ',
    'Digest ',
    'OAuth ',
    'Negotiate ',
  ],
  ...[
    '\xa0Bearer ',
    'Bearer\xa0',
    'Bearer\0 ',
    'B\u00ebarer ',
    'constructor ',
    '__proto__ ',
    'toString ',
    'Bearer\v',
    'Bearer\f',
    'hasOwnProperty ',
  ],
]

const NAMES = [
  ...[
    'Authorization ',
    'Authorization\t',
    'Authorization\0',
    ' Authorization',
    'Authorization_',
    'X-Authorization',
    'Authorisation',
  ],
  ...[
    'Proxy-Authorization',
    'X-Forwarded-Authorization',
    'X-Auth-Request-Token',
    'X-Auth-Request-User',
    'WWW-Authenticate',
  ],
  ...[
    'Authorization\xa0',
    'Author\u00efzation',
    'Authorizatio',
    'AuthorizationX',
    '__proto__',
    'X-Original-URL',
    'User-Agent',
    'Set-Cookie',
    'Cookie2',
  ],
]

const COOKIES = [
  ...[
    'postern',
    '__host-postern',
    '__HOST-POSTERN',
    '__Secure-postern',
    `\xa0${SESSION_COOKIE}`,
    `x${SESSION_COOKIE}`,
    `${SESSION_COOKIE}x`,
  ],
  ...[
    `${SESSION_COOKIE} `,
    `${SESSION_COOKIE}\t`,
    `\0${SESSION_COOKIE}`,
    `${SESSION_COOKIE}%3D`,
    '__Host-postern-login',
    'mast_token',
    'gafaelfawr',
    '$Version',
  ],
]

/** Forgeries of the header rather than of the token in it. */
export const HEADER_KINDS: Readonly<Record<string, Maker>> = {
  'base64, token as password': (text, chance) => [
    `Authorization: Basic ${chance.pick(VARIANTS)(base64(`x-oauth-basic:${text}`), chance)}`,
  ],
  'base64, token as user': (text, chance) => [
    `Authorization: Basic ${chance.pick(VARIANTS)(base64(`${text}:${chance.pick(['', 'x', 'x-oauth-basic'])}`), chance)}`,
  ],
  'base64 of a forgery': (text, chance, spoil) => [
    `Authorization: Basic ${chance.pick(VARIANTS)(base64(`x:${spoil(text)}`), chance)}`,
  ],
  'Basic with other fields': (text, chance, spoil) => {
    const forged = spoil(text)
    return [
      `Authorization: Basic ${base64(chance.pick([text, `:${forged}`, `${forged}:`, `${forged}:${forged}`, `${text.slice(0, 25)}:${text.slice(26)}`, `::${text}`, `a:b:${text}`, `${text}${text}`, `x\n:${forged}`, `x:${text}:`]))}`,
    ]
  },
  'Basic with two tokens': (text, chance, spoil) => [
    `Authorization: Basic ${base64(chance.pick([`${text}:${spoil(text)}`, `${spoil(text)}:${text}`, `${spoil(text)}:${spoil(text)}`]))}`,
  ],
  schemes: (text, chance) => [`Authorization: ${chance.pick(SCHEMES)}${text}`],
  'names of headers': (text, chance) => [`${chance.pick(NAMES)}: Bearer ${text}`],
  'split over two lines': (text, chance) => {
    const at = chance.between(1, text.length - 1)
    const [head, tail] = [text.slice(0, at), text.slice(at)]
    return chance.pick([
      [bearer(head), `Authorization: ${tail}`],
      [bearer(head), bearer(tail)],
      [bearer(head), `X-Between: x`, bearer(tail)],
      ['Authorization: Bearer', `Authorization: ${text}`],
      [`Cookie: ${SESSION_COOKIE}=${head}`, `Cookie: ${tail}`],
    ])
  },
  folded: (text, chance) => {
    const at = chance.between(1, text.length - 1)
    const fold = chance.pick(['\r\n ', '\r\n\t', '\n ', '\r ', '\r\n  '])
    return chance.pick([
      [bearer(text.slice(0, at) + fold + text.slice(at))],
      [`Authorization: Bearer${fold}${text}`],
      [`Authorization:${fold}Bearer ${text}`],
      [`X-Folded: y${fold}${bearer(text)}`],
      [`Cookie: a=b;${fold}${SESSION_COOKIE}=${text}`],
    ])
  },
  repeated: (text, chance, spoil) => {
    const forged = bearer(spoil(text))
    return chance.pick([
      [forged, bearer(spoil(text))],
      [forged, forged, forged],
      [forged, bearer(text)],
      [bearer(text), forged],
      [`Authorization: Bearer ${spoil(text)}, Bearer ${text}`],
      ['Authorization: Digest x', bearer(text)],
      [`authorization: Bearer ${spoil(text)}`, `AUTHORIZATION: Bearer ${spoil(text)}`],
      [`Cookie: ${SESSION_COOKIE}=${spoil(text)}`, `Cookie: ${SESSION_COOKIE}=${spoil(text)}`],
      [`Cookie: ${SESSION_COOKIE}=${spoil(text)}`, forged],
    ])
  },
  'names of cookies': (text, chance) => [`Cookie: theme=dark; ${chance.pick(COOKIES)}=${text}`],
  cookies: (text, chance, spoil) => {
    const name = SESSION_COOKIE
    const forged = spoil(text)
    return [
      `Cookie: ${chance.pick([
        `${name}="${text}"`,
        `${name}="${forged}"`,
        `${name}=${forged}; ${name}=${text}`,
        Array.from({ length: 8 }, () => `${name}=${spoil(text)}`).join('; '),
        `${name}==${text}`,
        `${name}=${text}=`,
        `${name}=${text},${name}=${forged}`,
        `a=1,${name}=${text}`,
        `a="; ${name}=${forged}; "`,
        `${name}`,
        `${name}=`,
        `${name}=${text} x`,
        `${name}=${text}; Path=/; ${name}=${forged}`,
      ])}`,
    ]
  },
  'elsewhere in the request': (text, chance) =>
    chance.pick([
      [`X-Original-Authorization: Bearer ${text}`],
      [`Referer: https://data.example.org/?access_token=${text}`],
      [`X-Request-Id: ${text}`],
      [`X-Forwarded-For: ${text}`],
      [`User-Agent: Bearer ${text}`],
      [`Proxy-Authorization: Basic ${base64(`x:${text}`)}`],
      [`X-Auth-Request-User: ada`, `X-Auth-Request-Token: ${text}`],
      [`Authorization: Bearer`, `X: ${text}`],
      [`X: y\rAuthorization: Bearer ${text}`.replace('\rA', '\r\0A')],
    ]),
}
