import type { IncomingMessage } from 'node:http'
import proxyAddr from 'proxy-addr'
import type { AskedAddress } from '../core/access/site-address.js'

/** Reads the address at which a browser asked from the headers of a trusted proxy, or from those of the browser. */
export function askedAddressReader(proxies: readonly string[]): (request: IncomingMessage) => AskedAddress {
  const trusted = proxyAddr.compile([...proxies])
  return ({ headers, socket: { remoteAddress } }) => {
    // A peer on the Unix socket has no address; permission to open the socket makes it a trusted proxy.
    const isProxy = remoteAddress === undefined || trusted(remoteAddress, 0)
    const told = (name: string) => (isProxy ? headers[name]?.toString().split(',', 1)[0]?.trim() : undefined)
    return {
      host: told('x-forwarded-host') ?? headers.host,
      protocol: told('x-forwarded-proto'),
      fetchSite: headers['sec-fetch-site']?.toString(),
    }
  }
}
