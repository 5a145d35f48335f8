import { parseIp } from '../ip-address.js'
import { writeNetwork } from '../ip-network.js'

/** Bits of a provider's pool, from which successive connections of one client may come; and of one site's IPv6 network. */
const [IPV4_BITS, IPV6_BITS] = [24, 64]

/**
 * Returns the network that a token may be used from which was given to a client at this address; undefined for no address.
 *
 * Attack: a service of another operator names our login in its challenge. The client asks its user, logs in here, and hands
 * that service our token (`ivoa_bearer` names no host that it is for). The service is elsewhere, and its requests are refused.
 */
export function loginNetwork(address: string | undefined): string | undefined {
  const parsed = address === undefined ? undefined : parseIp(address)
  if (!parsed) return undefined
  return writeNetwork(`${address}/${parsed.kind() === 'ipv4' ? IPV4_BITS : IPV6_BITS}`)
}
