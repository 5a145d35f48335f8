import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { LRUCache } from 'lru-cache'
import proxyAddr from 'proxy-addr'

/** Returns the client address of a request. `forwarded` is its `X-Forwarded-For`, if the caller has read it already. */
export type AddressReader = (request: IncomingMessage, forwarded?: string | string[]) => string | undefined

/** More clients than a site has at a time. */
export const MAX_ADDRESSES = 2_000

/**
 * Reads the client address: the last one in `X-Forwarded-For` that is not a trusted proxy.
 *
 * Attack: the client writes what stands before it, which may be any text.
 */
export function addressReader(proxies: readonly string[]): AddressReader {
  const trusted = proxyAddr.compile([...proxies])
  // A peer on the Unix socket has no address; permission to open the socket makes it a trusted proxy.
  const trust = (address: string | undefined, hop: number) => address === undefined || trusted(address, hop)
  const read = (request: IncomingMessage) => {
    const address = proxyAddr(request, trust as typeof trusted)
    return address !== undefined && isIP(address) > 0 && !address.includes('%') ? address : undefined
  }
  // Reading the two headers takes as long as the rest of a check that is served from the cache.
  const cache = new LRUCache<string, string>({ max: MAX_ADDRESSES })
  return (request, forwarded = request.headers['x-forwarded-for']) => {
    const key = `${request.socket.remoteAddress} ${forwarded}`
    const cached = cache.get(key)
    if (cached !== undefined) return cached
    const address = read(request)
    if (address !== undefined) cache.set(key, address)
    return address
  }
}
