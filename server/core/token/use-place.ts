import { redact } from '../redact.js'

/** Where a token was used from: an address, and the client there. Empty: unknown. */
export interface UsePlace {
  readonly address: string
  readonly client: string
}

/** Stands for the places of a day beyond those that are told apart. */
export const OTHER_PLACES: UsePlace = { address: '', client: 'others' }

export function isOtherPlaces({ address, client }: UsePlace): boolean {
  return address === OTHER_PLACES.address && client === OTHER_PLACES.client
}

/** Limits the User-Agent, which the client chooses. */
const CLIENT_LENGTH = 200

/** Returns a User-Agent as it may be stored: shortened, and without the secrets that some clients put there. */
export function storedClient(userAgent: string | undefined): string {
  return redact(userAgent ?? '').slice(0, CLIENT_LENGTH)
}
