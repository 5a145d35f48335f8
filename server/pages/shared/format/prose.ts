import type { EpochSeconds } from '../../../core/time.js'

/** Running text with scopes, keys, commands and instants in it, for a view to mark up and escape. */
export type Prose = readonly Fragment[]

export type Fragment =
  | string
  | { readonly strong: string }
  | { readonly code: string }
  | { readonly at: EpochSeconds; readonly as: 'date' | 'exact' }

/** Joins fragments: `a`, `a and b`, `a, b and c`. */
export function listOf(items: readonly Prose[]): Prose {
  return items.flatMap((item, index) => [...separator(index, items.length), ...item])
}

function separator(index: number, count: number): Prose {
  if (index === 0) return []
  return [index === count - 1 ? ' and ' : ', ']
}

export function codes(texts: readonly string[]): Prose {
  return listOf(texts.map((code) => [{ code }]))
}
