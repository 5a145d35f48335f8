import { canParseUrl } from '../core/can-parse-url.js'
import { LogThrottle } from '../core/log-throttle.js'
import { HOUR } from '../core/time.js'
import type { Context } from '../storage/context.js'

/**
 * Warns of a proxy that names this site with another scheme than the base URL: no sign-in works there, and the first check shows
 * it before a user does. Other hosts are services of their own.
 */
export function watchProxyAddress({
  settings: { baseUrl },
  log,
  clock,
}: Pick<Context, 'settings' | 'log' | 'clock'>): (url: string | undefined) => void {
  const right = `${baseUrl.origin}/`
  const throttle = new LogThrottle(HOUR, 1)
  return (url) => {
    if (url === undefined || url.startsWith(right) || !canParseUrl(url)) return
    const { hostname, protocol, origin } = new URL(url)
    if (hostname !== baseUrl.hostname || protocol === baseUrl.protocol || !throttle.isDue(protocol, clock())) return
    log.warn({ asked: origin, baseUrl: baseUrl.origin }, 'Proxy names another address than the base URL')
  }
}
