import { formatCursor, type HistoryCursor } from '../storage/postgres/token-history-search.js'

/** Formats a link (RFC 8288 §3), with the other parameters unchanged. */
export function pageLink(here: URL, rel: 'first' | 'next' | 'prev', cursor?: HistoryCursor): string {
  const there = new URL(here)
  there.searchParams.delete('cursor')
  if (cursor) there.searchParams.set('cursor', formatCursor(cursor))
  return `<${there.href}>; rel="${rel}"`
}
