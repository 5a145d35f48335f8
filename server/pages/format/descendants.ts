import type { TokenRecord } from '../../core/token-record.js'

/** `a notebook token`, `a token for tap`: what a delegated token is, to somebody who never made it by hand. */
export function delegatedName({ type, service }: Pick<TokenRecord, 'type' | 'service'>): string {
  return type === 'notebook' ? 'a notebook token' : `a token for ${service ?? 'a service'}`
}

/** What ends with a token, one line for each kind: `2 notebook tokens`, `a token for tap`. */
export function alsoEnding(descendants: readonly Pick<TokenRecord, 'type' | 'service'>[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const each of descendants) counts.set(delegatedName(each), (counts.get(delegatedName(each)) ?? 0) + 1)
  return [...counts]
    .sort()
    .map(([name, count]) => (count === 1 ? name : name.replace(/^a (notebook )?token/, `${count} $1tokens`)))
}
