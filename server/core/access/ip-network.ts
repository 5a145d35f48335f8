import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Bits of an IPv6 address that one subscriber shares (RFC 6177 §2). */
const SUBSCRIBER_BITS = 64

/**
 * Returns whether a text is an address or a network in CIDR form: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. Node's own rule,
 * because ipaddr.js reads `010.0.0.1` as octal and `0x7f000001` as an address.
 */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  // An address with a zone (`fe80::1%eth0`) is valid on one machine only, and PostgreSQL rejects it.
  const version = address.includes('%') ? 0 : isIP(address)
  const width = version === 4 ? 32 : 128
  return version > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width))
}

/**
 * Returns the network that counts as one client: the IPv4 address, or the /64 of an IPv6 address. A text that is no address
 * is returned as it is.
 *
 * Attack: a client with one IPv6 network has 2^64 addresses to try passwords from.
 */
export function clientNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address
  // The four bytes of an IPv4 address end before the fill begins.
  const prefix = ipaddr
    .process(address)
    .toByteArray()
    .fill(0, SUBSCRIBER_BITS / 8)
  return ipaddr.fromByteArray(prefix).toString()
}
