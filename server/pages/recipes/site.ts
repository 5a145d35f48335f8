import type { RecipeSite, Service } from '../../core/recipes/recipe.js'
import { ownUrl, siteAddress } from '../../core/site/base-path.js'
import { isScope, type Scope } from '../../core/token/scope.js'
import type { Settings } from '../../settings/schema.js'

/** Returns the part of the settings that recipes name. */
export function recipeSite(settings: Pick<Settings, 'baseUrl' | 'site' | 'programs' | 'knownScopes'>): RecipeSite {
  const { baseUrl, programs } = settings
  const tap = tapOf(settings)
  return {
    host: baseUrl.hostname,
    baseUrl: siteAddress(baseUrl),
    tokenInfo: ownUrl(baseUrl, '/auth/api/v1/token-info').href,
    ...(tap && { tap }),
    ...(programs && { archive: { url: baseUrl.origin, scope: programs.scope } }),
  }
}

/** Without its address, a site has TAP where it knows the scope: the scopes of an archive without TAP have no such one. */
function tapOf({ baseUrl, site, knownScopes }: Parameters<typeof recipeSite>[0]): Service | undefined {
  const { tapUrl, tapScope = knownTapScope(knownScopes) } = site
  if (tapUrl === false || (tapUrl === undefined && tapScope === undefined)) return undefined
  const url = (tapUrl ?? new URL('/tap', baseUrl)).href.replace(/\/$/, '')
  return { url, ...(tapScope && { scope: tapScope }) }
}

function knownTapScope(knownScopes: Settings['knownScopes']): Scope | undefined {
  const usual = 'read:tap'
  return isScope(usual) && knownScopes.has(usual) ? usual : undefined
}
