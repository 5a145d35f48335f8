import { userAgentName } from '../user-agent.js'

/** A product of RFC 9110 §10.1.5, without its version. */
const PRODUCT = /^[^\s/]{1,24}/

/** Returns the short name of a client by its User-Agent: a browser's, or the first product. */
export function programName(userAgent: string): string {
  return userAgent.startsWith('Mozilla/') ? userAgentName(userAgent) : (PRODUCT.exec(userAgent)?.[0] ?? '')
}
