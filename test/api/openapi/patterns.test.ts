import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isNetwork, NETWORK } from '../../../server/core/access/ip-network.js'
import { INVISIBLES, isVisible } from '../../../server/core/invisible-text.js'
import { isRedirectUri, REDIRECT_URI } from '../../../server/core/openid/redirect.js'
import { INSTANT, INSTANT_SINCE_1970, parseInstant } from '../../../server/core/parse-instant.js'
import { EMAIL_PATTERN, isEmail } from '../../../server/core/people/email.js'
import { isUsername, USERNAME_PATTERN } from '../../../server/core/people/identifiers.js'
import { cleanTokenName, isTokenName, TOKEN_NAME } from '../../../server/core/people/token-name.js'
import { EXPLAINED_URL, readExplainedUrl } from '../../../server/explain/explained-url.js'

/** Texts of some characters, most of which are nearly right. */
const textOf = (characters: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...characters), maxLength })

const number = (most: number) => fc.integer({ min: 0, max: most })
const padded = (value: number, length: number) => String(value).padStart(length, '0')
const date = fc
  .tuple(number(9999), number(13), number(32))
  .map(([year, month, day]) => `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`)
const clock = fc
  .tuple(number(23), number(60), number(60), fc.constantFrom('', '.5', ',25', '.'))
  .map(([hour, minute, second, rest]) => `T${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}${rest}`)
const zone = fc.constantFrom('', 'Z', '+01:00', '-2359', '+24:00', 'x')
const instant = fc.oneof(
  date,
  fc.tuple(date, clock, zone).map((parts) => parts.join('')),
  textOf('0123456789+-.', 16),
  // Years whose February is the rule's hardest part.
  fc.tuple(number(99), fc.constantFrom('28', '29', '30')).map(([century, day]) => `${padded(century, 2)}00-02-${day}`),
)

const groups = fc.array(fc.constantFrom('0', 'db8', 'ffff', '10000'), { maxLength: 8 }).map((list) => list.join(':'))
const ipv4 = fc.array(number(260), { minLength: 3, maxLength: 5 }).map((list) => list.join('.'))
const ipv6 = fc.oneof(
  groups,
  fc.tuple(groups, groups).map(([before, after]) => `${before}::${after}`),
  fc.tuple(groups, fc.constantFrom(':', '::', ''), ipv4).map((parts) => parts.join('')),
)
const bits = fc.oneof(
  fc.constant(''),
  number(140).map((count) => `/${count}`),
)
const network = fc.oneof(
  fc.tuple(fc.oneof(ipv4, ipv6), bits).map((parts) => parts.join('')),
  textOf('0123459abf:./', 12),
)

/** No year, for which a zone makes the difference whether it is before 1970. */
const isOfTurningYear = (text: string) => /^1970-01-01/.test(text)

const url = fc
  .tuple(fc.constantFrom('/', '//', 'https://', 'http:/'), textOf('aé1.x:/?#;@[]\\\t -', 12))
  .map((parts) => parts.join(''))
const SITE = new URL('https://data.example.org')

describe('the pattern in the document', () => {
  // biome-ignore format: a table reads in columns
  it.each<[string, string, (text: string) => boolean, fc.Arbitrary<string>]>([
    ['networks',            NETWORK,            isNetwork,                                    network],
    ['instants',            INSTANT,            (text) => parseInstant(text) !== undefined,   instant],
    ['instants since 1970', INSTANT_SINCE_1970, (text) => (parseInstant(text) ?? -1) >= 0,    instant.filter((text) => !text.startsWith('-') && !isOfTurningYear(text))],
    ['e-mail addresses',    EMAIL_PATTERN,      isEmail,                                      textOf('ad@. \t\0\u200B\u3164\u0378é🔭', 8)],
    ['user names',          USERNAME_PATTERN,   isUsername,                                   textOf('a1-B', 8)],
    ['token names',         TOKEN_NAME,         (text) => isTokenName(cleanTokenName(text)),  textOf('a \t\0\u200B\u3164\u2800\u0301\u0378\uE000🔭', 6)],
  ])('of %s takes what the rule takes', (_what, pattern, rule, texts) => {
    const expression = new RegExp(pattern, 'u')
    fc.assert(
      fc.property(texts, (text) => {
        expect([text, expression.test(text)]).toEqual([text, rule(text)])
      }),
      { numRuns: 2000 },
    )
  })

  it('of URLs takes none that the rule refuses', () => {
    const expression = new RegExp(EXPLAINED_URL, 'u')
    fc.assert(
      fc.property(url, (text) => {
        if (new RegExp(REDIRECT_URI, 'u').test(text)) expect([text, isRedirectUri(text)]).toEqual([text, true])
        if (expression.test(text)) expect([text, readExplainedUrl(text, SITE)]).toEqual([text, expect.any(URL)])
      }),
      { numRuns: 5000 },
    )
  })

  it('of invisible characters has all of them, up to U+FFFF', () => {
    const expression = new RegExp(`^[${INVISIBLES}]$`, 'u')
    const characters = Array.from({ length: 0xd800 }, (_, code) => code)
    const beyond = Array.from({ length: 0x2000 }, (_, index) => 0xe000 + index)
    const other = [...characters, ...beyond]
      .map((code) => String.fromCharCode(code))
      .filter((each) => expression.test(each) === isVisible(each))
    expect(other).toEqual([])
  })
})
