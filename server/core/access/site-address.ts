import { canParseUrl } from '../can-parse-url.js'
import { isOwnOrigin, type SitePolicy } from './own-origin.js'

/** The address at which a browser asked, as far as it is known. */
export interface AskedAddress {
  /** With the port, where it has one. */
  readonly host: string | undefined
  /** `http` or `https`, where a trusted proxy names it. */
  readonly protocol?: string | undefined
  /** `Sec-Fetch-Site`: browsers send it over TLS and on the own machine alone. */
  readonly fetchSite?: string | undefined
}

/**
 * How an address differs from the base URL. By another name of the site, no cookie of the one is sent to the other. A base URL of
 * the own machine leads every other machine to itself. Without TLS, browsers take no `Secure` cookie.
 */
export type AddressMistake = 'other_name' | 'own_machine' | 'no_tls'

const OWN_MACHINE = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/

/** Returns whether a host is only the own machine to every browser. */
export function isOwnMachine(hostname: string): boolean {
  return OWN_MACHINE.test(hostname)
}

/**
 * Compares the address that was asked for with the base URL. Ports are not compared: cookies have none, and proxies often drop
 * them.
 *
 * @returns undefined if they agree, or if the address is not known
 */
export function addressMistake({ host, protocol, fetchSite }: AskedAddress, baseUrl: URL): AddressMistake | undefined {
  const hostname = hostnameOf(host)
  if (hostname === undefined) return undefined
  if (hostname !== baseUrl.hostname)
    return isOwnMachine(baseUrl.hostname) && !isOwnMachine(hostname) ? 'own_machine' : 'other_name'
  const isPlain = protocol === 'http' && fetchSite === undefined
  return isPlain && baseUrl.protocol === 'https:' ? 'no_tls' : undefined
}

/**
 * Returns the origin of a form of Postern's own pages that were opened at another address; undefined if the address is right, or
 * the page is another site's. The browser writes `Origin`, so that no proxy between hides it.
 */
export function otherOriginOf(
  origin: string | undefined,
  { host, fetchSite }: AskedAddress,
  policy: SitePolicy,
): string | undefined {
  if (origin === undefined || !canParseUrl(origin) || isOwnOrigin(origin, policy)) return undefined
  const sender = new URL(origin)
  const { hostname, protocol } = policy.baseUrl
  if (sender.hostname === hostname && sender.protocol === protocol) return undefined
  // A browser without Fetch Metadata shows only by the name that the page is of the host that it asks.
  const isOwnPage = fetchSite === undefined ? sender.hostname === hostnameOf(host) : fetchSite === 'same-origin'
  return isOwnPage ? sender.origin : undefined
}

function hostnameOf(host: string | undefined): string | undefined {
  const asked = `http://${host}`
  return host && canParseUrl(asked) ? new URL(asked).hostname : undefined
}
