import { HOST } from '../core/access/ip-network.js'
import { canParseUrl } from '../core/can-parse-url.js'

/** What {@link readExplainedUrl} takes, for readers of a document, but for hosts that are not in ASCII. */
export const EXPLAINED_URL = `^(?:/(?:[^/\\\\\\s\\x00-\\x1F][^\\x00]*)?|[Hh][Tt][Tt][Pp][Ss]?://${HOST}(?::[0-9]{1,4})?(?:[/?#][^\\x00]*)?)$`

/**
 * Reads the address of a request: a path on the site, or a whole URL. A user name, a password and a fragment are dropped: they
 * may be a token, and no proxy is asked about them.
 *
 * @returns undefined for what is no http or https URL
 */
export function readExplainedUrl(text: string, baseUrl: URL): URL | undefined {
  const whole = text.startsWith('/') || /^https?:\/\//i.test(text)
  if (!whole || !canParseUrl(text, baseUrl.href)) return undefined
  const url = new URL(text, baseUrl)
  Object.assign(url, { username: '', password: '', hash: '' })
  return url
}
