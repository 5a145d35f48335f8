import { isOwnMachine } from '../../core/access/site-address.js'
import { siteAddress } from '../../core/site/base-path.js'
import type { Settings } from '../../settings/schema.js'

/** Says that a site for other machines has a base URL of this one. A trial, with nothing configured, has none but that. */
export function adviceOnAddress({
  baseUrl,
  host,
  databaseUrl,
  internalListen,
  oidcProviders,
  github,
}: Pick<Settings, 'baseUrl' | 'host' | 'databaseUrl' | 'internalListen' | 'oidcProviders' | 'github'>):
  | string
  | undefined {
  const isTrial = isOwnMachine(host) && !databaseUrl && !internalListen && oidcProviders.length === 0 && !github
  if (isTrial || !isOwnMachine(baseUrl.hostname)) return undefined
  return `Only a browser of this machine can sign in at ${siteAddress(baseUrl)}. Set POSTERN_BASE_URL to the address that users type, such as https://data.example.org`
}
