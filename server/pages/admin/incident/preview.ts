import { busyPace } from '../../../core/incident/pace.js'
import { fingerprintOf, TYPED_FROM } from '../../../core/incident/previewed.js'
import { type FilterValues, filterQuery } from '../../../core/incident/read-filter.js'
import { isDelegated } from '../../../core/token/record.js'
import type { Context } from '../../../storage/context.js'
import { listRecentUses, type RecentUse } from '../../../storage/postgres/incident/recent-use.js'
import type { SelectedToken } from '../../../storage/postgres/incident/select.js'
import type { IncidentSelection } from '../../../tokens/incident/select-incident.js'
import { clientName } from '../../../words/client-name.js'
import type { Words } from '../../../words/words.js'
import { barsOf } from '../../tokens/use-bars.js'
import { pastTitle } from '../token-row.js'
import type { IncidentCounts, IncidentPreview, PreviewedToken } from './view-models.js'

/** How many the preview lists at first, and with *list all*; the files have every one. */
const SHOWN = { first: 20, all: 1000 } as const

/** The own path of the page with a filter. */
export function incidentAddress(values: FilterValues, file = ''): string {
  const query = filterQuery(values)
  return `/auth/admin/revoke${file}${query.size === 0 ? '' : `?${query}`}`
}

/** A selection, the filter that it is of, and how the page is to show it. */
interface Selected {
  readonly selection: IncidentSelection
  readonly values: FilterValues
  readonly listsAll: boolean
  readonly at: (path: string) => string
}

/** Describes what an act would end. */
export async function previewOf(
  context: Context,
  { selection, values, listsAll, at }: Selected,
  words: Words,
): Promise<IncidentPreview> {
  const { tokens, ownFits } = selection
  const keys = tokens.map(({ key }) => key)
  const shown = tokens.slice(0, listsAll ? SHOWN.all : SHOWN.first)
  const now = context.clock()
  const [uses, bars] = await Promise.all([
    listRecentUses(context.postgres, keys, now),
    barsOf(
      context,
      shown.map(({ key }) => key),
    ),
  ])
  const paceOf = (use: RecentUse | undefined) => use && busyPace(use, now)
  const hasMore = shown.length < tokens.length && !listsAll
  return {
    counts: countsOf(selection),
    total: tokens.length,
    shown: shown.map((token) =>
      row(token, { use: uses.get(token.key), pace: paceOf(uses.get(token.key)) }, words, bars),
    ),
    busy: keys.filter((key) => paceOf(uses.get(key)) !== undefined).length,
    ...(hasMore && { all: at(`${incidentAddress(values)}&list=all`) }),
    downloads: (['csv', 'json'] as const).map((format) => ({
      format: format.toUpperCase(),
      href: at(incidentAddress(values, `.${format}`)),
    })),
    withoutOwn: ownFits && !values.own,
    fields: [...filterQuery(values)],
    fingerprint: fingerprintOf(keys),
    isTyped: tokens.length >= TYPED_FROM,
  }
}

/** Counts what would end, by kind. */
export function countsOf({ tokens, fallen }: IncidentSelection): IncidentCounts {
  const count = (type: SelectedToken['type']) =>
    tokens.filter((token) => token.type === type && !isDelegated(token)).length
  return {
    session: count('session'),
    user: count('user'),
    service: count('service'),
    delegated: tokens.filter(isDelegated).length + fallen,
    people: new Set(tokens.map(({ username }) => username)).size,
  }
}

/** What the log of uses says of a token. */
interface Used {
  readonly use: RecentUse | undefined
  readonly pace: number | undefined
}

function row(
  token: SelectedToken,
  { use, pace }: Used,
  words: Words,
  bars: (key: SelectedToken['key']) => PreviewedToken['bars'],
): PreviewedToken {
  const { key, username, type } = token
  return {
    key,
    username,
    type,
    what: pastTitle(token, words),
    bars: bars(key),
    ...(use && {
      lastUsed: {
        at: use.last,
        ...(use.address !== '' && { address: use.address }),
        ...(use.client !== '' && { client: clientName(use.client, words) }),
      },
    }),
    ...(pace !== undefined && { pace }),
  }
}
