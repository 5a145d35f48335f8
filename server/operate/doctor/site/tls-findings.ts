import { DAY, type EpochSeconds, HOUR, isoTime } from '../../../core/time.js'
import { type Finding, unknown, warning } from '../findings.js'
import { type Answer, isReply, type Reply } from './ask.js'
import type { SiteFacts } from './facts.js'

/** Most tools renew a certificate a month before its end, and short ones at two thirds of their life. Later, they have failed. */
const LEFT_SECONDS = 14 * DAY
const LEFT_SHARE = 1 / 4

/** Judges the encryption of the way to the site. */
export function tlsFindings({ url, plain, now }: SiteFacts, { certificate, headers }: Reply): Finding[] {
  const about = 'TLS'
  if (url.protocol === 'http:') {
    const isOwnMachine = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
    if (isOwnMachine) return [{ about, says: 'none, on this machine alone' }]
    return [warning(about, 'none: cookies and tokens can be read on the network, and no token was sent')]
  }
  return [
    certificateFinding(certificate, now),
    hstsFinding(headers['strict-transport-security']),
    ...(plain ? [plainFinding(plain, url)] : []),
  ]
}

function certificateFinding(certificate: Reply['certificate'], now: EpochSeconds): Finding {
  const about = 'Certificate'
  if (!certificate) return unknown(about, 'not known')
  if (certificate.mistrust !== undefined)
    return warning(
      about,
      `not trusted (${certificate.mistrust}), and no token was sent; NODE_EXTRA_CA_CERTS names a file with an authority of your own`,
    )
  const [from, to] = [certificate.validFrom, certificate.validTo].map((each) => Date.parse(each) / 1000)
  if (!from || !to) return unknown(about, 'has no time of its end')
  const says = `valid until ${isoTime(to)}`
  return to - now < Math.min(LEFT_SECONDS, (to - from) * LEFT_SHARE)
    ? warning(about, `${says}: its renewal has failed`)
    : { about, says }
}

function hstsFinding(header: string | undefined): Finding {
  const about = 'HSTS'
  if (header === undefined)
    return warning(about, 'Strict-Transport-Security is missing: the proxy takes it out, or baseUrl is http')
  const seconds = Number(/max-age="?(\d+)/i.exec(header)?.[1] ?? 0)
  return seconds < 30 * DAY ? warning(about, `ends after ${Math.floor(seconds / HOUR)} hours`) : { about, says: header }
}

function plainFinding(plain: Answer, url: URL): Finding {
  const about = 'http://'
  if (!isReply(plain)) return { about, says: `closed (${plain.error})` }
  const { location = '' } = plain.headers
  if (plain.status >= 300 && plain.status < 400 && location.startsWith(`${url.origin}/`))
    return { about, says: 'leads to https' }
  return warning(about, `answers ${plain.status}: it must lead to ${url.origin}`)
}
