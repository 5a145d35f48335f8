import type { Table } from '../../../core/tables/csv.js'
import { isoTime } from '../../../core/time.js'
import type { RecentUse } from '../../../storage/postgres/incident/recent-use.js'
import type { SelectedToken } from '../../../storage/postgres/incident/select.js'

/** Returns the tokens of an incident as a table, with their last use. */
export function incidentTable(tokens: readonly SelectedToken[], uses: ReadonlyMap<string, RecentUse>): Table {
  return {
    columns: [
      ...['username', 'type', 'key', 'name', 'service', 'scopes', 'created', 'expires'],
      ...['last_used', 'address', 'client', 'requests_since_yesterday'],
    ],
    rows: tokens.map((token) => {
      const use = uses.get(token.key)
      return [
        token.username,
        token.type,
        token.key,
        token.name ?? '',
        token.service ?? '',
        token.scopes.join(' '),
        isoTime(token.created),
        token.expires === undefined ? '' : isoTime(token.expires),
        use ? isoTime(use.last) : '',
        use?.address ?? '',
        use?.client ?? '',
        use?.count ?? 0,
      ]
    }),
  }
}
