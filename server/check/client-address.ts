import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddr from 'proxy-addr'

/**
 * Where a request really comes from: the last address in `X-Forwarded-For` that is not one of our own proxies. What
 * stands before it was written by the client and may be anything.
 */
export function addressReader(proxies: readonly string[]): (request: IncomingMessage) => string | undefined {
  const trusted = proxyAddr.compile([...proxies])
  // Over a Unix socket there is no address: whoever may open the socket is one of ours.
  const trust = (address: string | undefined, hop: number) => address === undefined || trusted(address, hop)
  return (request) => {
    const address = proxyAddr(request, trust as typeof trusted)
    return address !== undefined && isIP(address) > 0 && !address.includes('%') ? address : undefined
  }
}
