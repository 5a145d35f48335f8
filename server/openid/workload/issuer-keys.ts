import { errors, type JWTVerifyGetKey } from 'jose'
import { ClientError } from 'openid-client'
import { fetchMetadata, type RemoteKeys, remoteKeys } from '../../authn/issuers/metadata.js'
import { UnsafeAddressError } from '../../authn/issuers/safe-fetch.js'
import { networkFaultOf } from '../../core/network-fault.js'
import { type EpochSeconds, MINUTE } from '../../core/time.js'
import type { TrustedIssuer } from '../../settings/openid/trusted-issuers.js'

/** How old keys may be: one that the issuer has withdrawn is trusted so long. */
const MAX_AGE = 10 * MINUTE
/** How long an issuer is left alone that has no key of an identifier, or that was not reached. */
const COOLDOWN = 30

/** By the site's clock, and not by the library's, which would fetch them without asking. */
const KEPT = { cooldownDuration: Number.POSITIVE_INFINITY, cacheMaxAge: Number.POSITIVE_INFINITY }

type At = Pick<TrustedIssuer, 'issuer' | 'jwksUri' | 'audience'>

/** Fetches the keys of an issuer. It throws what {@link whyNoKeys} explains. */
export async function fetchKeys({ issuer, jwksUri, audience }: At): Promise<RemoteKeys> {
  const metadata = jwksUri ? { issuer, jwks_uri: jwksUri.href } : await fetchMetadata(new URL(issuer), audience)
  const keys = remoteKeys(metadata, KEPT)
  await keys.reload()
  return keys
}

/** Returns why the keys of an issuer are not there. The texts name no address, and quote nothing of the issuer's. */
export function whyNoKeys(error: unknown): string | undefined {
  const network = networkFaultOf(error)
  if (network) return network.cause
  if (error instanceof UnsafeAddressError) return 'its document names an address without TLS'
  // jose's word for an RSA key under 2048 bits (RFC 7518 §3.3), which is the issuer's fault and not the JWT's.
  if (error instanceof TypeError && error.message.includes('modulusLength')) return 'its key is too short'
  const code = String(Reflect.get(Object(error), 'code'))
  if (error instanceof ClientError || code.startsWith('OAUTH_')) return 'its document is not usable'
  return error instanceof errors.JWKSInvalid || code === 'ERR_JOSE_GENERIC' ? 'its keys are not usable' : undefined
}

/**
 * The keys of an issuer, for this process. They are fetched with the first JWT, and again when they are old or have not the one
 * that is asked for: an issuer may rotate its keys at any time.
 *
 * Attack: any client sends JWTs with identifiers of keys that it made up, and has us ask the issuer without end. So it is asked
 * twice a minute at most, also while it is away, and once for all who wait.
 */
export class IssuerKeys {
  readonly #issuer: At
  #keys: RemoteKeys | undefined
  #fetched: EpochSeconds = Number.NEGATIVE_INFINITY
  #tried: EpochSeconds = Number.NEGATIVE_INFINITY
  #failure: unknown
  #fetching: Promise<RemoteKeys> | undefined

  constructor(issuer: At) {
    this.#issuer = issuer
  }

  /** Returns what finds the key of a JWT. It throws the errors of the last fetch, and those of jose. */
  asOf(now: EpochSeconds): JWTVerifyGetKey {
    return async (header, token) => {
      const isOld = now - this.#fetched >= MAX_AGE
      const keys = isOld ? await this.#fetch(now) : (this.#keys ?? (await this.#fetch(now)))
      try {
        return await keys(header, token)
      } catch (error) {
        const isUnknown = error instanceof errors.JWKSNoMatchingKey
        if (!isUnknown || (!this.#fetching && this.#isLeftAlone(now))) throw error
        return (await this.#fetch(now))(header, token)
      }
    }
  }

  #fetch(now: EpochSeconds): Promise<RemoteKeys> {
    if (this.#fetching) return this.#fetching
    if (this.#failure !== undefined && this.#isLeftAlone(now)) return Promise.reject(this.#failure)
    this.#tried = now
    this.#fetching = this.#load(now).finally(() => {
      this.#fetching = undefined
    })
    return this.#fetching
  }

  async #load(now: EpochSeconds): Promise<RemoteKeys> {
    try {
      const keys = await fetchKeys(this.#issuer)
      this.#keys = keys
      this.#fetched = now
      this.#failure = undefined
      return keys
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  #isLeftAlone(now: EpochSeconds): boolean {
    return now - this.#tried < COOLDOWN
  }
}
