import { MAXIMUM_NAME_LENGTH } from '../people/identifiers.js'
import { cleanTokenName, isTokenName } from '../people/token-name.js'
import { DAY } from '../time.js'
import { DEVICE_GRANT } from './device.js'

/** For how long a client that registered itself may wait for its first user. */
export const UNUSED_FOR = 30 * DAY
/** For how long it stays after each user who signed it in. */
export const USED_FOR = 180 * DAY

/** The actor of clients that registered themselves; no user has such a name. */
export const REGISTERED_ITSELF = '<registration>'

/** What a client may be that registers itself (RFC 7591): a program on a device, with a secret. */
export interface Registration {
  readonly name: string
  readonly authMethod: 'client_secret_basic' | 'client_secret_post'
}

/** Why a client may not register itself, by the words of RFC 7591 §3.2.2. */
export interface RefusedRegistration {
  readonly error: 'invalid_client_metadata' | 'invalid_redirect_uri'
  readonly error_description: string
}

const GRANTS: readonly unknown[] = [DEVICE_GRANT, 'refresh_token']

/**
 * Reads what a client says of itself. What makes no difference to a program on a device is left out: clients of the Virtual
 * Observatory send `response_types` of a flow that they do not ask for.
 */
export function readRegistration(given: unknown): Registration | RefusedRegistration {
  const fields = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : undefined
  if (!fields) return invalid('must be a JSON object')
  const of = (name: string): unknown => Reflect.get(fields, name)
  const grants = of('grant_types')
  if (!Array.isArray(grants) || !grants.includes(DEVICE_GRANT) || grants.some((each) => !GRANTS.includes(each)))
    return invalid(`grant_types must be ${DEVICE_GRANT}, and refresh_token beside it`)
  const addresses = of('redirect_uris') ?? []
  if (!Array.isArray(addresses) || addresses.length > 0)
    return { error: 'invalid_redirect_uri', error_description: 'A program on a device is returned to no address' }
  const authMethod = of('token_endpoint_auth_method') ?? 'client_secret_basic'
  if (authMethod !== 'client_secret_basic' && authMethod !== 'client_secret_post')
    return invalid('token_endpoint_auth_method must be client_secret_basic or client_secret_post')
  const name = of('client_name')
  // Some end with the name of their host, which may be long.
  const clean = [...(typeof name === 'string' ? cleanTokenName(name) : '')]
    .slice(0, MAXIMUM_NAME_LENGTH)
    .join('')
    .trim()
  if (!isTokenName(clean)) return invalid('client_name must be a text without control characters')
  return { name: clean, authMethod }
}

function invalid(error_description: string): RefusedRegistration {
  return { error: 'invalid_client_metadata', error_description }
}
