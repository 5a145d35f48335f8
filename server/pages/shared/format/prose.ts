import type { Prose } from '../../../words/prose.js'

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
