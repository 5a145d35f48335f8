import ipaddr from 'ipaddr.js'
import { parseIp } from './ip-address.js'

/** Bits of an IPv6 address that one subscriber shares (RFC 6177 §2). */
const SUBSCRIBER_BITS = 64

/** Bits of an IPv6 address before an IPv4 address in it (RFC 4291 §2.5.5.2). */
const MAPPED_BITS = 96

const BYTE = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const IPV4 = `(?:${BYTE}\\.){3}${BYTE}`
const GROUP = '[0-9A-Fa-f]{1,4}'
const groups = (count: number | string) => `(?:${GROUP}:){${count}}`

/** By the number of groups before `::`; after it stand so many that one at least is left out, of which an IPv4 address is two. */
const SHORT = Array.from({ length: 8 }, (_, before) => {
  const rest = [
    ...(before < 6 ? [`${groups(`0,${5 - before}`)}${IPV4}`] : []),
    ...(before < 7 ? [`${groups(`0,${6 - before}`)}${GROUP}`] : []),
  ]
  const after = rest.length === 0 ? '' : `(?:${rest.join('|')})?`
  return before === 0 ? `::${after}` : `${groups(before)}:${after}`
})
const IPV6 = `(?:${groups(7)}${GROUP}|${groups(6)}${IPV4}|${SHORT.join('|')})`

/** Addresses, for readers of a document. */
export const ADDRESS = `^(?:${IPV4}|${IPV6})$`

/** Hosts of a URL: addresses, IPv6 in brackets, and names in ASCII whose last label no reader takes for a number. */
export const HOST = `(?:${IPV4}|\\[${IPV6}\\]|(?:[A-Za-z0-9-]+\\.)*[A-Za-z][A-Za-z0-9]*)`

/** The texts that {@link isNetwork} takes, for readers of a document, without zeros before the number of bits. */
export const NETWORK = `^(?:${IPV4}(?:/(?:[0-9]|[12][0-9]|3[0-2]))?|${IPV6}(?:/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?)$`

/**
 * Returns whether a text is an address or a network in CIDR form: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. An address with a
 * zone (`fe80::1%eth0`) is none: it is valid on one machine only, and PostgreSQL rejects it.
 */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const parsed = parseIp(address)
  if (!parsed || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widthOf(parsed))
}

/**
 * Returns the network that counts as one client: the IPv4 address, or the /64 of an IPv6 address. A text that is no address
 * is returned as it is.
 *
 * Attack: a client with one IPv6 network has 2^64 addresses to try passwords from.
 */
export function clientNetwork(address: string): string {
  if (!parseIp(address)) return address
  // The four bytes of an IPv4 address end before the fill begins.
  const prefix = parseNetwork(address)[0]
    .toByteArray()
    .fill(0, SUBSCRIBER_BITS / 8)
  return ipaddr.fromByteArray(prefix).toString()
}

/**
 * Returns the text with which each address of a network begins, in the form of `readAddress`: `10.5.` of `10.5.16.0/20`. Other
 * addresses can begin so, too. Empty where there is no such text.
 */
export function commonBeginning(network: string): string {
  const [address, bits] = parseNetwork(network)
  const isIpv4 = address instanceof ipaddr.IPv4
  const whole = Math.floor(bits / (isIpv4 ? 8 : 16))
  const parts = isIpv4 ? address.octets : address.parts
  // The last part has no separator after it; a group of zeros may be left out.
  const count = Math.min(whole, parts.length - 1)
  const zeros = isIpv4 ? -1 : parts.slice(0, count).indexOf(0)
  const stable = parts.slice(0, zeros < 0 ? count : zeros)
  return stable.map((part) => `${part.toString(isIpv4 ? 10 : 16)}${isIpv4 ? '.' : ':'}`).join('')
}

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Writes a network in its one form: with its number of bits, and none set below them. An IPv4 network in IPv6 is IPv4. */
export function writeNetwork(network: string): string {
  const [address, bits] = parseNetwork(network)
  const first = address
    .toByteArray()
    .map((byte, index) => byte & (0xff << Math.max(0, 8 - Math.max(0, bits - 8 * index))))
  return `${ipaddr.fromByteArray(first).toString()}/${bits}`
}

/** Returns whether an address is in a network; both are valid. */
export function isInNetwork(network: string, address: string): boolean {
  return matches(parseNetwork(network), parseNetwork(address)[0])
}

/** Returns whether every address of the second network is in the first. */
export function containsNetwork(outer: string, inner: string): boolean {
  const [whole, [address, bits]] = [parseNetwork(outer), parseNetwork(inner)]
  return bits >= whole[1] && matches(whole, address)
}

function matches([network, bits]: Network, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (network instanceof ipaddr.IPv4) return address instanceof ipaddr.IPv4 && address.match(network, bits)
  return address instanceof ipaddr.IPv6 && address.match(network, bits)
}

function parseNetwork(text: string): Network {
  const [name = '', given] = text.split('/')
  const parsed = parseIp(name)
  if (!parsed) throw new TypeError(`${name} is no address`)
  const bits = given === undefined ? widthOf(parsed) : Number(given)
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && bits >= MAPPED_BITS) {
    return [parsed.toIPv4Address(), bits - MAPPED_BITS]
  }
  return [parsed, bits]
}

function widthOf(address: ipaddr.IPv4 | ipaddr.IPv6): number {
  return address.toByteArray().length * 8
}
