import { FILTERS, type Filter } from './filters.js'
import { SORTS, type Sort } from './order.js'
import { searchText } from './search.js'

/** The part of the tokens that an address asks for. */
export interface ListQuery {
  readonly search: string
  /** `ended`: those that were revoked or have expired; absent: all that live. */
  readonly show?: Filter | 'ended'
  readonly sort: Sort
}

/** The parameters of an address, as they came. */
type Parameters = Readonly<Record<string, unknown>>

/** Reads the parameters of an address; one that has no meaning counts as absent. */
export function readListQuery({ q, show, sort }: Parameters): ListQuery {
  const shown = [...FILTERS, 'ended' as const].find((each) => each === show)
  return {
    search: typeof q === 'string' ? searchText(q) : '',
    sort: SORTS.find((each) => each === sort) ?? 'default',
    ...(shown !== undefined && { show: shown }),
  }
}

/** Writes the parameters that {@link readListQuery} reads, without those that say the default. */
export function listParameters({ search, show, sort }: ListQuery): [name: string, value: string][] {
  const all: [string, string][] = [
    ['q', search],
    ['show', show ?? ''],
    ['sort', sort === 'default' ? '' : sort],
  ]
  return all.filter(([, value]) => value !== '')
}

/** Returns an own path with the parameters of a query. */
export function listAddress(path: string, query: ListQuery): string {
  const parameters = new URLSearchParams(listParameters(query))
  return parameters.size === 0 ? path : `${path}?${parameters}`
}
