import type { EpochSeconds } from '../../../core/time.js'
import { type Finding, unknown, warning } from '../findings.js'
import { isReply, type Reply } from './ask.js'
import { cacheSigns } from './cache-signs.js'
import type { SiteFacts } from './facts.js'

/** OpenID Connect and TLS bear less than a few minutes. */
const MAX_SKEW = 60

/** Judges what became of Postern's sign-in page on its way: cookies, headers, clock and caches. */
export function pageFindings(facts: SiteFacts, page: Reply): Finding[] {
  return [cookieFinding(facts, page), headerFinding(page), clockFinding(facts.now, page), cacheFinding(facts.pages)]
}

function cookieFinding({ url }: SiteFacts, { headers }: Reply): Finding {
  const about = 'Cookies'
  const lines = (headers['set-cookie'] ?? []).filter((line) => /^(?:__\w+-)?postern/.test(line))
  if (lines.length === 0)
    return unknown(about, 'the sign-in page sets none: the proxy takes them out, or there is no form')
  const wrong = lines.flatMap((line) =>
    missingFlags(line, url.protocol === 'https:').map((flag) => `${nameOf(line)} ${flag}`),
  )
  if (wrong.length === 0) return { about, says: 'as Postern sets them' }
  return warning(about, `the proxy changes them: ${wrong.join(', ')}`)
}

function nameOf(line: string): string {
  return line.split('=', 1)[0] ?? ''
}

function missingFlags(line: string, isTls: boolean): string[] {
  const flags = line.split(';').map((each) => each.trim().toLowerCase())
  const needed = ['httponly', 'samesite=lax', ...(isTls ? ['secure'] : [])]
  return [
    ...needed.filter((flag) => !flags.includes(flag)).map((flag) => `lacks ${flag}`),
    ...flags.filter((flag) => flag.startsWith('domain=')).map((flag) => `has ${flag}`),
  ]
}

function headerFinding({ headers }: Reply): Finding {
  const about = 'Security headers'
  const missing = ['content-security-policy', 'x-frame-options', 'referrer-policy'].filter(
    (name) => headers[name] === undefined,
  )
  if (missing.length === 0) return { about, says: 'as Postern sets them' }
  return warning(about, `the proxy takes out ${missing.join(', ')}`)
}

function clockFinding(now: EpochSeconds, { headers }: Reply): Finding {
  const about = 'Clock'
  const date = Date.parse(headers.date ?? '') / 1000
  if (Number.isNaN(date)) return unknown(about, 'the answer has no Date')
  const skew = Math.round(date - now)
  if (Math.abs(skew) <= MAX_SKEW) return { about, says: 'agrees with this machine’s' }
  return warning(about, `is ${Math.abs(skew)} seconds ${skew < 0 ? 'behind' : 'ahead of'} this machine’s`)
}

function cacheFinding(pages: SiteFacts['pages']): Finding {
  const about = 'Cache'
  const signs = pages.filter(isReply).flatMap(cacheSigns)
  const [first, second] = pages.map(
    (page) => isReply(page) && (page.headers['x-request-id'] ?? page.headers['set-cookie']?.join()),
  )
  if (first && first === second) signs.push('two browsers get the same answer')
  if (signs.length === 0) return { about, says: 'none answers for Postern' }
  return warning(
    about,
    `one answers for Postern, and may show one user’s page to another: ${[...new Set(signs)].join(', ')}`,
  )
}
