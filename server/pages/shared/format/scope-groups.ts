import type { Words } from '../../../words/words.js'

/** Scopes of one kind under a heading, in the order of the form. */
export interface ScopeGroup<T> {
  readonly id: string
  readonly title: string
  /** Whether these manage the site: folded away until they are asked for. */
  readonly isAdministrative: boolean
  readonly scopes: readonly T[]
}

const FIRST = ['read', 'write', 'exec']
const LAST = ['user', 'other', 'admin']

/** Groups scopes by the text before their first colon. The common kinds have plain headings, others that text. */
export function scopeGroups<T extends { readonly name: string }>(scopes: readonly T[], words: Words): ScopeGroup<T>[] {
  const groups = new Map<string, T[]>()
  for (const scope of scopes) groups.set(kindOf(scope.name), [...(groups.get(kindOf(scope.name)) ?? []), scope])
  return [...groups]
    .sort(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([id, scopes]) => ({
      id,
      title: words.has(`scopes.groups.${id}`) ? words.text(`scopes.groups.${id}`) : id,
      isAdministrative: id === 'admin',
      scopes,
    }))
}

function kindOf(scope: string): string {
  const [kind, ...rest] = scope.split(':')
  return rest.length === 0 || kind === undefined ? 'other' : kind
}

function placeOf(kind: string): number {
  if (FIRST.includes(kind)) return FIRST.indexOf(kind)
  return FIRST.length + 1 + LAST.indexOf(kind)
}
