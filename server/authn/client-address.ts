import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import proxyAddr from 'proxy-addr'
import { readAddress } from '../core/access/ip-address.js'
import { isInNetwork } from '../core/access/ip-network.js'

/** Returns the client address of a request. `forwarded` is its `X-Forwarded-For`, if the caller has read it already. */
export type AddressReader = (request: IncomingMessage, forwarded?: string | string[]) => string | undefined

/** More clients than a site has at a time. */
export const MAX_ADDRESSES = 2_000
/** More than the addresses of a client and of the proxies that it came by. */
const MAX_KEY_LENGTH = 256

/**
 * Reads the client address: the last one in `X-Forwarded-For` that is not a trusted proxy, in the form of {@link readAddress}.
 *
 * Attack: the client writes what stands before it, which may be any text.
 */
export function addressReader(proxies: readonly string[]): AddressReader {
  const trust = proxyTrust(proxies)
  const read = (request: IncomingMessage) => {
    const address = proxyAddr(request, trust)
    return address === undefined ? undefined : readAddress(address)
  }
  // Reading the two headers takes as long as the rest of a check that is served from the cache.
  const cache = new LRUCache<string, string>({ max: MAX_ADDRESSES })
  return (request, forwarded = request.headers['x-forwarded-for']) => {
    const key = `${request.socket.remoteAddress} ${forwarded}`
    const cached = cache.get(key)
    if (cached !== undefined) return cached
    const address = read(request)
    // Attack: a client writes kilobytes into the header, new ones in each request, and they fill the memory.
    if (address !== undefined && key.length <= MAX_KEY_LENGTH) cache.set(key, address)
    return address
  }
}

/**
 * Returns the rule that an address is a trusted proxy's. A peer on the Unix socket has no address; permission to open the socket
 * makes it one.
 */
export function proxyTrust(proxies: readonly string[]): (address: string | undefined) => boolean {
  return (text) => {
    if (text === undefined) return true
    const address = readAddress(text)
    return address !== undefined && proxies.some((network) => isInNetwork(network, address))
  }
}
