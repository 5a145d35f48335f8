import { formatCursor, type HistoryCursor } from '../storage/postgres/token-history-search.js'

/**
 * Returns the public address of a request: the site's, with the path and the query of the request.
 *
 * Attack: a request line may name another host (`GET http://evil.example/auth/…`), to which a client would then send its
 * token for the next page.
 *
 * @param requestLine the target as the client sent it, for its query
 */
export function addressAt(baseUrl: URL, path: string, requestLine: string): URL {
  const here = new URL(baseUrl)
  here.pathname = path
  here.search = requestLine.replace(/^[^?]*/, '')
  return here
}

/** Formats a link (RFC 8288 §3), with the other parameters unchanged. */
export function pageLink(here: URL, rel: 'first' | 'next' | 'prev', cursor?: HistoryCursor): string {
  const there = new URL(here)
  there.searchParams.delete('cursor')
  if (cursor) there.searchParams.set('cursor', formatCursor(cursor))
  return `<${there.href}>; rel="${rel}"`
}
