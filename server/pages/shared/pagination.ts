import type { Request } from 'express'

/** No reader takes in a list of thousands at once. */
const PAGE_SIZE = 100

/** Which part of a list a store is asked for. */
export interface PageSpan {
  readonly from: number
  /** One more than a page shows: whether there is an older one is then known without counting. */
  readonly most: number
}

/** The page of a list that an address asks for by `from`. */
export function spanOf({ query }: Request): PageSpan {
  const from = typeof query.from === 'string' && /^\d{1,6}$/.test(query.from) ? Number(query.from) : 0
  return { from, most: PAGE_SIZE + 1 }
}

/**
 * Cuts the rows to one page, and links the pages before and after it.
 *
 * @param found the rows from the beginning of the page on
 * @param address may have a query
 */
export function paginate<T>(found: readonly T[], { from }: PageSpan, address: string) {
  const pageFrom = (first: number) => `${address}${address.includes('?') ? '&' : '?'}from=${first}`
  return {
    shown: found.slice(0, PAGE_SIZE),
    pages: {
      ...(from > 0 && { newer: pageFrom(Math.max(0, from - PAGE_SIZE)) }),
      ...(found.length > PAGE_SIZE && { older: pageFrom(from + PAGE_SIZE) }),
    },
  }
}
