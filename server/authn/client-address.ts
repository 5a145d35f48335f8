import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddr from 'proxy-addr'

/** The address of a request; `forwarded` is its `X-Forwarded-For`, where that is at hand. */
export type AddressReader = (request: IncomingMessage, forwarded?: string | string[]) => string | undefined

/** More than a site has clients at a time; a client that sends a new forwarding header each time gains nothing. */
const MAX_ADDRESSES = 2_000

/**
 * Where a request really comes from: the last address in `X-Forwarded-For` that is not one of our own proxies. What
 * stands before it was written by the client and may be anything.
 */
export function addressReader(proxies: readonly string[]): AddressReader {
  const trusted = proxyAddr.compile([...proxies])
  // Over a Unix socket there is no address: whoever may open the socket is one of ours.
  const trust = (address: string | undefined, hop: number) => address === undefined || trusted(address, hop)
  const read = (request: IncomingMessage) => {
    const address = proxyAddr(request, trust as typeof trusted)
    return address !== undefined && isIP(address) > 0 && !address.includes('%') ? address : undefined
  }
  // Both are read anew for every check of one client, and reading them costs as much as all the rest of one.
  const known = new Map<string, string | undefined>()
  return (request, forwarded = request.headers['x-forwarded-for']) => {
    const place = `${request.socket.remoteAddress} ${forwarded}`
    const address = known.get(place)
    if (address !== undefined) return address
    const fresh = read(request)
    if (known.size >= MAX_ADDRESSES) known.clear()
    known.set(place, fresh)
    return fresh
  }
}
