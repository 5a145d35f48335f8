import { fetchKeys, whyNoKeys } from '../../openid/workload/issuer-keys.js'
import type { TrustedIssuer } from '../../settings/openid/trusted-issuers.js'

/** An issuer of JWTs for programs, and why its keys cannot be fetched. */
export interface IssuerFacts {
  readonly issuer: string
  readonly fault?: string
}

/** Fetches the keys of each issuer that the site trusts, as the first JWT of it would have the site do. */
export function lookUpIssuers(issuers: readonly TrustedIssuer[]): Promise<IssuerFacts[]> {
  return Promise.all(
    issuers.map(async (each) => {
      const { issuer } = each
      try {
        await fetchKeys(each)
        return { issuer }
      } catch (error) {
        const fault = whyNoKeys(error)
        if (fault === undefined) throw error
        return { issuer, fault }
      }
    }),
  )
}
