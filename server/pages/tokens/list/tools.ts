import { FILTERS, type Filter } from '../../../core/token-list/filters.js'
import { SORTS } from '../../../core/token-list/order.js'
import { type ListQuery, listAddress } from '../../../core/token-list/query.js'
import type { Chip, ListTools } from '../view-models.js'

/** The counts of the chips. */
export type ChipCounts = Readonly<Record<Filter | 'ended', number>>

/**
 * Makes the line above the list. A chip that would show nothing is left out, unless it is the one that is shown; that one leads
 * back to all.
 */
export function listTools(query: ListQuery, counts: ChipCounts, path: string): ListTools {
  const { show: current, ...everything } = query
  const chips = [...FILTERS, 'ended' as const].map<Chip>((show) => {
    const isCurrent = show === current
    const href = listAddress(path, isCurrent ? everything : { ...everything, show })
    return { show, count: counts[show], href, isCurrent }
  })
  return { query, sorts: SORTS, chips: chips.filter(({ count, isCurrent }) => count > 0 || isCurrent) }
}
