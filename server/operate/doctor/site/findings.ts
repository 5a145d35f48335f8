import { canParseUrl } from '../../../core/can-parse-url.js'
import { siteAddress } from '../../../core/site/base-path.js'
import { type Finding, unknown, warning } from '../findings.js'
import { type Answer, isReply, type Reply } from './ask.js'
import { FORGED_ADDRESS, type SiteFacts } from './facts.js'
import { pageFindings } from './page-findings.js'
import { serviceFindings } from './service-findings.js'
import { tlsFindings } from './tls-findings.js'

/** Judges what a site answers from outside. */
export function siteFindings(facts: SiteFacts): Finding[] {
  const [page] = facts.pages
  if (!isReply(page)) return [warning('Site', `${siteAddress(facts.url)} does not answer: ${page.error}`)]
  if (page.status >= 500)
    return [warning('Site', `${siteAddress(facts.url)} answers ${page.status}: Postern, or the way to it, is down`)]
  return [
    addressFinding(facts),
    ...tlsFindings(facts, page),
    clientAddressFinding(facts),
    identityFinding(facts),
    insideFinding(facts),
    ...pageFindings(facts, page),
    tokenFinding(facts.token),
    ...serviceFindings(facts.service),
  ]
}

const NO_ARRIVAL = 'not known: /auth/doctor does not answer as that of this version'

function addressFinding({ url, arrival }: SiteFacts): Finding {
  const about = 'Address'
  if (!arrival) return unknown(about, NO_ARRIVAL)
  const { base_url: baseUrl, host, protocol } = arrival
  if (baseUrl !== siteAddress(url))
    return warning(about, `baseUrl is ${baseUrl}, and ${siteAddress(url)} was asked: users sign in at the former alone`)
  if (host !== undefined && hostnameOf(host) !== url.hostname)
    return warning(about, `the proxy names the host ${host}: it must pass Host on as it came, or as X-Forwarded-Host`)
  if (protocol !== undefined && `${protocol}:` !== url.protocol)
    return warning(about, `the proxy says ${protocol} of ${url.protocol}//: it must set X-Forwarded-Proto`)
  return { about, says: baseUrl }
}

function hostnameOf(host: string): string | undefined {
  return canParseUrl(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined
}

function clientAddressFinding({ arrival }: SiteFacts): Finding {
  const about = 'Client address'
  if (!arrival) return unknown(about, NO_ARRIVAL)
  const { address } = arrival
  if (address === FORGED_ADDRESS)
    return warning(
      about,
      'the client chooses it: the proxy must overwrite X-Forwarded-For, or proxies has too many networks',
    )
  return {
    about,
    says:
      address === undefined ? 'none' : `you come from ${address}; if that is a proxy, the setting proxies misses it`,
  }
}

function identityFinding({ arrival }: SiteFacts): Finding {
  const about = 'Identity headers'
  if (!arrival) return unknown(about, NO_ARRIVAL)
  const left = arrival.identity_headers
  if (left.length === 0) return { about, says: 'of clients do not reach Postern’s pages' }
  return warning(about, `of clients reach Postern: ${left.join(', ')}; services may read them as a user’s`)
}

/** Marks by which Postern's own answers are told from those of a page that a site has for every path. */
const INSIDE_MARKS: Readonly<Record<string, RegExp>> = { health: /"(?:postgres|redis)"\s*:/, metrics: /^postern_/m }

function insideFinding({ inside }: SiteFacts): Finding {
  const about = 'Checks'
  const open = inside.filter(({ path, answer }) => isReply(answer) && isInside(path, answer)).map(({ path }) => path)
  if (open.length === 0) return { about, says: 'closed to clients, with /health and /metrics' }
  return warning(about, `clients reach ${open.join(', ')}: close /ingress, /health and /metrics, or see internalListen`)
}

function isInside(path: string, { headers, body }: Reply): boolean {
  return (
    headers['x-auth-request-anonymous'] !== undefined ||
    (INSIDE_MARKS[path.slice(path.lastIndexOf('/') + 1)]?.test(body) ?? false)
  )
}

function tokenFinding(token: Answer | undefined): Finding {
  const about = 'Token'
  if (!token) return unknown(about, 'none was sent: give one in POSTERN_TOKEN or with --token-stdin')
  if (!isReply(token)) return warning(about, `token-info does not answer: ${token.error}`)
  if (token.status === 200) return { about, says: 'is valid' }
  if (token.status === 401 && !/invalid_token/.test(`${token.headers['www-authenticate']}${token.body}`))
    return warning(about, 'did not arrive: the proxy takes Authorization out before Postern’s own paths')
  return warning(about, `token-info answers ${token.status}: it has expired, was revoked, or was not copied whole`)
}
