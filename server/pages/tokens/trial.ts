import type { Scope } from '../../core/token/scope.js'
import type { Settings } from '../../settings/schema.js'
import { recipeSite } from '../recipes/site.js'
import type { Trial } from './view-models.js'

/** A query, because the list of tables is open at most sites: it would answer without a token, too. */
const QUERY = 'REQUEST=doQuery&LANG=ADQL&FORMAT=csv&QUERY=SELECT+TOP+1+table_name+FROM+tap_schema.tables'

/**
 * Returns how the page of a new token tries it out: at the site's TAP service, if the token is for that, and with curl.
 *
 * Attack: a token that is sent to another host is that host's. Only an address of the site itself is tried.
 */
export function trialOf(settings: Settings, token: string, scopes: readonly Scope[]): Trial {
  const { tap, tokenInfo } = recipeSite(settings)
  const isForTap = tap && (tap.scope === undefined || scopes.includes(tap.scope))
  const isHere = tap && new URL(tap.url).origin === settings.baseUrl.origin
  return {
    command: `curl --config - ${tokenInfo} <<'END'\noauth2-bearer = "${token}"\nEND`,
    ...(isForTap && isHere && { tap: { url: tap.url, query: `${tap.url}/sync?${QUERY}` } }),
  }
}
