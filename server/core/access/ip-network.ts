import { isIP } from 'node:net'

/** Whether a text is an address or a network in CIDR form: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  // With a zone (`fe80::1%eth0`) it is an address on one machine only, and PostgreSQL takes none.
  const version = address.includes('%') ? 0 : isIP(address)
  const width = version === 4 ? 32 : 128
  return version > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width))
}
