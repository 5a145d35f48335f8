import type { IncomingHttpHeaders } from 'node:http'
import type { RequestSource } from '../core/access/cross-site.js'

/** Reads the headers in which a browser names the page that caused a request. */
export function requestSource(method: string | undefined, headers: IncomingHttpHeaders): RequestSource {
  return {
    method,
    fetchSite: headers['sec-fetch-site']?.toString(),
    origin: headers.origin,
    upgrade: headers.upgrade,
    webSocketKey: headers['sec-websocket-key'],
    fetchMode: headers['sec-fetch-mode']?.toString(),
    fetchDest: headers['sec-fetch-dest']?.toString(),
    purpose: (headers['sec-purpose'] ?? headers.purpose)?.toString(),
    referer: headers.referer,
  }
}
