import { describe, expect, it } from '@jest/globals'
import { userAgentName } from '../../server/core/user-agent.js'

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
    ['Another browser on Linux', 'w3m/0.5.3 Linux'],
    ['Another browser', 'curl/8.5.0'],
    ['Unknown browser', undefined],
    ['Unknown browser', ''],
  ])('is "%s" for %s', (name, userAgent) => {
    expect(userAgentName(userAgent)).toBe(name)
  })
})
