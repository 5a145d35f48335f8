import type { SitePolicy } from '../core/access/own-origin.js'
import { returnUrl } from '../core/access/return-url.js'
import { redactUrl } from '../core/redact.js'
import { ownUrl } from '../core/site/base-path.js'

/** The words of the link, as in the refusals that nginx, Caddy and HAProxy write. */
const TITLE = 'What this address needs, and which of your tokens it accepts'

const MAX_LENGTH = 1000

/**
 * Returns the page that explains a refusal. Clients of proxies that pass our answer on have no page with a link, and no `Referer` for
 * it to be filled in by.
 *
 * Attack: tokens in a query, and names of other sites. So the address has no query, is one of the site, and is left out where a part of
 * it looks like a secret.
 *
 * @param url of the refused request, as the client sent it
 */
export function explanationUrl(policy: SitePolicy, url: string | undefined): URL {
  const page = ownUrl(policy.baseUrl, '/auth/explain')
  const [address = ''] = (url ?? '').split(/[?#]/)
  const asked = returnUrl(address, policy)
  if (!asked || asked.href.length > MAX_LENGTH || redactUrl(asked.pathname) !== asked.pathname) return page
  page.searchParams.set('url', asked.origin === policy.baseUrl.origin ? asked.pathname : asked.href)
  return page
}

/** Builds the header that links to it (RFC 8288). */
export function helpLink(page: URL): string {
  return `<${page.href}>; rel="help"; title="${TITLE}"`
}
