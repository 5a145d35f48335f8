import { Refusal } from '../access/refusal.js'
import { type Restriction, readRestriction, restrictHeir } from '../access/restriction.js'
import type { EpochSeconds } from '../time.js'
import { ExchangeFault, type ExchangeRequest } from './exchange.js'

/** What a token that is exchanged for is to be: places by the names of services, for their addresses are the site's affair. */
export interface Wish extends Pick<ExchangeRequest, 'scopes' | 'networks' | 'seconds'> {
  /** The services that it is for; none: all that it may be for. */
  readonly services: readonly string[]
}

/** Computes the end of it. A later one than the latest is refused: a job that counts on it would fail in its middle. */
export function endWithin(
  seconds: number | undefined,
  { now, latest }: { readonly now: EpochSeconds; readonly latest: EpochSeconds },
): EpochSeconds | ExchangeFault {
  if (latest <= now) return invalid('subject_token has expired')
  if (seconds === undefined) return latest
  return now + seconds <= latest ? now + seconds : invalid(`requested_expiry may be ${latest - now} at most`)
}

/** Computes the places of it, all of which are within the outer ones. */
export function placesWithin(
  outer: Restriction | undefined,
  { networks, services }: Pick<Wish, 'networks' | 'services'>,
): Restriction | undefined | ExchangeFault {
  const wanted = readRestriction(networks, services)
  if (wanted instanceof Refusal) return invalid(wanted.message)
  const ofServices = restrictHeir(outer, wanted?.services && { services: wanted.services })
  if (ofServices instanceof Refusal)
    return new ExchangeFault('invalid_target', 'subject_token may not be used at this service')
  const places = restrictHeir(outer, wanted)
  return places instanceof Refusal ? invalid('subject_token may not be used from this network') : places
}

function invalid(description: string): ExchangeFault {
  return new ExchangeFault('invalid_request', description)
}
