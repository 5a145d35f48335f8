import { TOLERANCE } from '../../../authn/issuers/metadata.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { OidcSettings } from '../../../settings/providers.js'
import { SignInFailure } from '../../failure.js'
import type { Identity } from '../provider.js'
import type { Claims } from './claims.js'

type Required = Pick<OidcSettings, 'requireAcr'>

/** Lists the parameters that ask for an authentication of the user (OpenID Connect Core 1.0 §3.1.2.1). */
export function authenticationParameters({ requireAcr }: Required, anew: boolean): Record<string, string> {
  return {
    // `max_age` obliges the provider to say when the user authenticated; `prompt` alone does not.
    ...(anew && { prompt: 'login', max_age: '0' }),
    ...(requireAcr && { acr_values: requireAcr.join(' ') }),
  }
}

/**
 * Judges when and how the user authenticated, by the signed claims alone.
 *
 * Attack: the browser removes `prompt` and `max_age` from the address, and the provider answers with a session of hours ago. So
 * the claim `auth_time` decides.
 *
 * @param asked when the browser was sent to the provider to be asked anew; absent where any session of the provider's will do
 */
export function authenticationEvent(
  { auth_time: authTime, acr }: Claims,
  { requireAcr }: Required,
  now: EpochSeconds,
  asked?: EpochSeconds,
): Pick<Identity, 'authenticated' | 'isWeak'> | SignInFailure {
  const at = typeof authTime === 'number' && Number.isFinite(authTime) ? Math.floor(authTime) : undefined
  if (at !== undefined && at > now + TOLERANCE)
    return new SignInFailure('provider_clock', `the user authenticated ${at - now} seconds ahead (auth_time)`)
  if (asked !== undefined && at === undefined)
    return new SignInFailure('provider_not_asked', 'the ID token has no auth_time')
  if (asked !== undefined && at !== undefined && at < asked - TOLERANCE)
    return new SignInFailure('provider_not_asked', `the user authenticated ${asked - at} seconds before (auth_time)`)
  const isStrong = requireAcr === undefined || (typeof acr === 'string' && requireAcr.includes(acr))
  return {
    ...(at !== undefined && { authenticated: Math.min(at, now) }),
    ...(!isStrong && { isWeak: true as const }),
  }
}
