import ipaddr from 'ipaddr.js'
import { isOtherPlaces, type UsePlace } from '../token/use-place.js'

/** What can be new about a place. */
export type PlaceAspect = 'network' | 'client'

/** A place with what is new about it; never nothing. */
export interface PlaceNews<Place extends UsePlace> {
  readonly place: Place
  readonly news: readonly PlaceAspect[]
}

/** Bytes of an address that name its network: /24, and the /48 of a site (RFC 6177 §2). */
const NETWORK_BYTES = { ipv4: 3, ipv6: 6 }

/** Returns the network of an address: users move within one. A text that is no address is returned as it is. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  return ipaddr.fromByteArray(parsed.toByteArray().fill(0, NETWORK_BYTES[parsed.kind()])).toString()
}

/** Returns the client that a User-Agent names, without versions: an update is no new client. */
export function clientName(userAgent: string): string {
  return userAgent
    .replace(/\/\S*/g, '')
    .replace(/\d[\d._]*/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * Returns which new places of a token's use are news to its owner: those with a network or a client that no use before had.
 * Its first use is none.
 *
 * @param known the places of earlier uses
 * @param fresh further places, in the order of their first use
 */
export function newsOf<Place extends UsePlace>(
  known: readonly UsePlace[],
  fresh: readonly Place[],
): PlaceNews<Place>[] {
  const told = known.filter((place) => !isOtherPlaces(place))
  const networks = new Set(told.map(({ address }) => networkOf(address)))
  const clients = new Set(told.map(({ client }) => clientName(client)))
  const found: PlaceNews<Place>[] = []
  for (const place of fresh.filter((each) => !isOtherPlaces(each))) {
    const isFirst = networks.size === 0
    const [network, client] = [networkOf(place.address), clientName(place.client)]
    const news: PlaceAspect[] = []
    if (!networks.has(network)) news.push('network')
    if (!clients.has(client)) news.push('client')
    networks.add(network)
    clients.add(client)
    if (!isFirst && news.length > 0) found.push({ place, news })
  }
  return found
}

/**
 * Returns those places that appeared since an instant and are news: the page of a token marks them, by the rule of the notices.
 *
 * @param places all of a token's, in any order
 */
export function newPlacesSince<Place extends UsePlace & { readonly first: number }>(
  places: readonly Place[],
  since: number,
): ReadonlySet<Place> {
  const inOrder = [...places].sort((a, b) => a.first - b.first)
  const known = inOrder.filter(({ first }) => first < since)
  const fresh = inOrder.filter(({ first }) => first >= since)
  return new Set(newsOf(known, fresh).map(({ place }) => place))
}
