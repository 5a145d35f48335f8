import { describe, expect, it } from '@jest/globals'
import { browserName, clientInMail } from '../../server/words/client-name.js'
import { ENGLISH } from '../../server/words/words.js'

const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const MOBILE_SAFARI = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

describe('the name of a browser', () => {
  it.each([
    ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
    ['Chrome on Windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}`],
    ['Edge on Windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Edg/140.0.0.0`],
    ['Opera on macOS', `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${CHROME} OPR/120.0.0.0`],
    ['Chrome on Android', `Mozilla/5.0 (Linux; Android 15) ${CHROME}`],
    ['Chrome on ChromeOS', `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME}`],
    ['Safari on iOS', `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${MOBILE_SAFARI}`],
    ['Unrecognised client on Linux', 'w3m/0.5.3 Linux'],
    ['Unrecognised client', 'curl/8.5.0'],
    ['Unrecognised client', undefined],
    ['Unrecognised client', ''],
  ])('is "%s" for %s', (name, userAgent) => {
    expect(browserName(userAgent, ENGLISH)).toBe(name)
  })
})

describe('the client in a mail', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0',      'Firefox on Linux'],
    ['python-requests/2.31 extra',                          'python-requests'],
    ['Mozilla/5.0 (visit evil.example) Firefox/1',          'Firefox'],
    ['evil.example/login',                                  'another program'],
    ['https://evil.example/',                               'another program'],
    ['x'.repeat(41),                                        'another program'],
    ['Dear user, your account is locked: see evil.example', 'Dear'],
  ])('of %s is %s', (userAgent, name) => expect(clientInMail(userAgent, ENGLISH)).toBe(name))
})
