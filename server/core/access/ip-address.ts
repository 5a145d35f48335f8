import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An address with a port, in the forms of RFC 7239 §6: `192.0.2.7:5000`, `[2001:db8::5]:443`; the port may be `_hidden`. */
const WITH_PORT = /^(?:\[([^\]]*:[^\]]*)\]|([^:]*))(?::(?:\d{0,5}|_[\w.-]+))?$/
/** The link of a link-local address (RFC 4007 §11), which names a network card of one machine. */
const ZONE = /%.*$/

/**
 * Reads an address as proxies write it, and returns its one form (RFC 5952): without quotes, port and zone, and an IPv4 address
 * in IPv6 as IPv4. Undefined for a text that is no address.
 *
 * Attack: behind a proxy that adds the port each connection has another text. Were these no addresses, all clients would be
 * one, and fifty wrong passwords of one would shut the others out; were they as many clients, no limit would hold.
 */
export function readAddress(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
  const [, bracketed, before] = WITH_PORT.exec(bare) ?? []
  const parsed = parseIp((bracketed ?? before ?? bare).replace(ZONE, ''))
  if (!parsed) return undefined
  return parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()
    ? parsed.toIPv4Address().toString()
    : writeIp(parsed)
}

/**
 * Parses an address without a zone; undefined for any other text. Node's own rule decides: ipaddr.js reads `010.0.0.1` as octal
 * and `0x7f000001` as an address, and does not know `64:ff9b::192.0.2.7`.
 */
export function parseIp(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const version = text.includes('%') ? 0 : isIP(text)
  if (version === 0) return undefined
  return ipaddr.parse(version === 6 ? groupsOf(text) : text)
}

/** Writes an address by RFC 5952, whose §4.2.2 forbids `::` for one group alone. */
function writeIp(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address instanceof ipaddr.IPv6 ? groupsOf(address.toString()) : address.toString()
}

function groupsOf(ipv6: string): string {
  return new URL(`http://[${ipv6}]`).hostname.slice(1, -1)
}
