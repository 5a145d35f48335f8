import { containsNetwork, isInNetwork, isNetwork, writeNetwork } from './ip-network.js'
import { Refusal } from './refusal.js'

/** Where a token may be used. A list that is there must have the place; an empty one admits none. */
export interface Restriction {
  /** Networks in CIDR form that requests must come from; absent: every network. */
  readonly networks?: readonly string[]
  /** Services by the names that their locations have; absent: every service. */
  readonly services?: readonly string[]
}

/** Where a token is used. */
export interface PlaceOfUse {
  /** The client's address. */
  readonly address?: string | undefined
  /** The name of the location's service. */
  readonly service?: string | undefined
}

/** The most entries of each list: every check compares them. */
export const MAXIMUM_PLACES = 20

/** The form of a service's name; without commas, which separate names in the form. */
export const SERVICE = /^[\x21-\x2B\x2D-\x7E]{1,128}$/

/**
 * Reads the lists that a token is created with; an empty list is no restriction. Networks are written in one form.
 *
 * @returns undefined for a token that may be used everywhere; a refusal for what is no network or no service's name
 */
export function readRestriction(
  networks: readonly string[],
  services: readonly string[],
): Restriction | undefined | Refusal {
  if (Math.max(networks.length, services.length) > MAXIMUM_PLACES) {
    return new Refusal(
      'invalid_restriction',
      `A token is bound to at most ${MAXIMUM_PLACES} networks and services`,
    ).worded('tooMany', { count: MAXIMUM_PLACES })
  }
  const noNetwork = networks.find((each) => !isNetwork(each))
  if (noNetwork !== undefined) {
    return new Refusal('invalid_restriction', 'Give networks such as 192.0.2.0/24 or 2001:db8::/32').worded('networks')
  }
  if (services.some((each) => !SERVICE.test(each))) {
    return new Refusal('invalid_restriction', 'Give the names of services, such as tap').worded('services')
  }
  if (networks.length === 0 && services.length === 0) return undefined
  return {
    ...(networks.length > 0 && { networks: [...new Set(networks.map(writeNetwork))].sort() }),
    ...(services.length > 0 && { services: [...new Set(services)].sort() }),
  }
}

/** Refuses a use outside the restriction with `outside_restriction`. An unknown address or service is outside. */
export function refuseOutside(restriction: Restriction | undefined, place: PlaceOfUse): Refusal | undefined {
  if (!isAtAddress(restriction, place.address)) {
    return new Refusal('outside_restriction', 'Token may not be used from this address')
  }
  const { services } = restriction ?? {}
  if (services && !services.some((each) => each === place.service)) {
    return new Refusal('outside_restriction', 'Token may not be used at this service')
  }
  return undefined
}

/** Returns whether a client at this address may use the token. */
export function isAtAddress({ networks }: Restriction = {}, address: string | undefined): boolean {
  return !networks || (address !== undefined && networks.some((network) => isInNetwork(network, address)))
}

/** Returns whether one restriction admits nothing that the other does not. */
export function isWithin(inner: Restriction = {}, outer: Restriction = {}): boolean {
  return (
    areWithin(inner.networks, outer.networks, containsNetwork) && areWithin(inner.services, outer.services, Object.is)
  )
}

/**
 * Returns the restriction of what a token makes: the requested one, with its maker's for the lists that were not requested.
 *
 * Attack: a thief with a token that is bound to one network makes one that works from everywhere.
 */
export function restrictHeir(
  maker: Restriction | undefined,
  wanted: Restriction | undefined,
): Restriction | undefined | Refusal {
  const heir = maker ? { ...maker, ...wanted } : wanted
  if (isWithin(heir, maker)) return heir
  return new Refusal('invalid_restriction', 'A token cannot be used where the token that creates it cannot')
}

/** Returns what both restrictions admit; undefined where both admit everything. */
export function intersectRestrictions(one?: Restriction, other?: Restriction): Restriction | undefined {
  if (!one || !other) return one ?? other
  const networks = inBoth(one.networks, other.networks, containsNetwork)
  const services = inBoth(one.services, other.services, Object.is)
  return { ...(networks && { networks }), ...(services && { services }) }
}

/** A list of a restriction; absent: any place. */
type Places = readonly string[] | undefined

/** Whether the first place is the second, or has it in itself. */
type Contains = (outer: string, inner: string) => boolean

function areWithin(inner: Places, outer: Places, contains: Contains): boolean {
  return !outer || inner?.every((each) => outer.some((place) => contains(place, each))) === true
}

/** Returns the places of both lists that are within the other. */
function inBoth(one: Places, other: Places, contains: Contains): Places {
  if (!one || !other) return one ?? other
  const both = [...one, ...other].filter(
    (each) => areWithin([each], one, contains) && areWithin([each], other, contains),
  )
  return [...new Set(both)].sort()
}
