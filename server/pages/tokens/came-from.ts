import type { TokenRecord } from '../../core/token/record.js'
import type { Words } from '../../words/words.js'
import { delegatedName } from '../shared/format/labels.js'
import type { CameFrom, NamedHeir } from './view-models.js'

/** Sums the delegated tokens of a token up by what they are; those used last come first. */
export function cameFrom(delegated: readonly TokenRecord[], words: Words): readonly CameFrom[] {
  const byName = new Map<string, CameFrom>()
  for (const each of delegated) {
    const what = delegatedName(each, words)
    const { count = 0, lastUsed = 0 } = byName.get(what) ?? {}
    const latest = Math.max(lastUsed, each.lastUsed?.at ?? 0)
    byName.set(what, { what, count: count + 1, ...(latest > 0 && { lastUsed: latest }) })
  }
  return [...byName.values()].sort((a, b) => (b.lastUsed ?? 0) - (a.lastUsed ?? 0))
}

/** Names the tokens that a token created, for its owner: with the key of those that have a page of the owner's. */
export function namedHeirs(heirs: readonly TokenRecord[], owner: string): readonly NamedHeir[] {
  return heirs.map(({ key, name = key, username }) => ({ name, ...(username === owner && { key }) }))
}
