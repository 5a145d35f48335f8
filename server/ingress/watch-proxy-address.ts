import { parsedUrl } from '../core/can-parse-url.js'
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
  const throttle = new LogThrottle(HOUR, 1)
  /** The start of the latest address, up to its path, where it needs no warning: those of one service follow each other. */
  let right = `${baseUrl.origin}/`
  return (url) => {
    if (url === undefined || url.startsWith(right)) return
    const asked = parsedUrl(url)
    if (!asked) return
    const { hostname, protocol, origin } = asked
    if (hostname !== baseUrl.hostname || protocol === baseUrl.protocol) {
      right = START.exec(url)?.[0] ?? right
      return
    }
    if (throttle.isDue(protocol, clock()))
      log.warn({ asked: origin, baseUrl: baseUrl.origin }, 'Proxy names another address than the base URL')
  }
}

/** As far as the first character of the path. What is no host, such as one with a user name before it, is read each time. */
const START = /^https?:\/\/[a-z0-9.:-]+\//i
