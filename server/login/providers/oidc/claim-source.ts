import { canParseUrl } from '../../../core/can-parse-url.js'
import type { EpochSeconds } from '../../../core/time.js'
import { AnswerError, fetchClaims } from './answer.js'
import type { Claims } from './claims.js'
import type { DiscoveredProvider } from './discovery.js'

/**
 * Fetches a claim that the provider left out, from the source that it names for it (OpenID Connect Core 1.0 §5.6.2).
 *
 * Attack: the source has the user's access token afterwards. It is asked only at the origin of the issuer or of UserInfo, where the
 * token goes anyway. Microsoft Entra ID names a server of the Azure AD Graph, which Microsoft has shut down.
 *
 * @throws AnswerError naming why the source was not asked, and the errors of {@link fetchClaims}
 */
export async function fetchFromSource(
  discovered: DiscoveredProvider,
  claims: Claims,
  name: string,
  { accessToken, now }: { readonly accessToken: string; readonly now: EpochSeconds },
): Promise<unknown> {
  const { endpoint, accessToken: own } = sourceOf(claims, name)
  if (endpoint === undefined) throw new AnswerError('groups_withheld', `no source of ${name} is named`)
  const { issuer, userinfo_endpoint: userInfo = issuer } = discovered.metadata
  const isKnown = [issuer, userInfo].some((each) => new URL(each).origin === endpoint.origin)
  if (!isKnown)
    throw new AnswerError('groups_withheld', `the source of ${name} is at ${endpoint.host}, which gets no access token`)
  const subject = { subject: String(claims.sub), isSubjectOptional: true as const }
  return (await fetchClaims(discovered, { url: endpoint, accessToken: own ?? accessToken, ...subject, now }))[name]
}

function sourceOf({ _claim_names: names, _claim_sources: sources }: Claims, name: string) {
  const source = propertyOf(sources, propertyOf(names, name))
  const [endpoint, accessToken] = [propertyOf(source, 'endpoint'), propertyOf(source, 'access_token')]
  return {
    ...(typeof endpoint === 'string' && canParseUrl(endpoint) && { endpoint: new URL(endpoint) }),
    ...(typeof accessToken === 'string' && { accessToken }),
  }
}

function propertyOf(of: unknown, name: unknown): unknown {
  if (typeof of !== 'object' || of === null || typeof name !== 'string' || !Object.hasOwn(of, name)) return undefined
  return (of as Readonly<Record<string, unknown>>)[name]
}
