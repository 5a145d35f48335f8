import type { TokenRecord } from '../../../core/token/record.js'
import type { Words } from '../../../words/words.js'

/** `1 user token`, `3 user tokens`: for nouns whose plural only adds an s. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

type Delegated = Pick<TokenRecord, 'type' | 'service'> & {
  /** The name of the client, for a token of type `oidc`. */
  readonly clientName?: string | undefined
}

/** Names a delegated token for its owner: `Notebook token`, `Token for tap`; `Token for a program` where one exchanged it. */
export function delegatedName(token: Delegated, words: Words): string {
  return words.text('delegated.name', kindOf(token))
}

/** Counts the tokens that end with a token, a line for each kind: `2 notebook tokens`, `1 token for tap`. */
export function alsoEnding(descendants: readonly Delegated[], words: Words): readonly string[] {
  const counts = new Map<string, { count: number; kind: ReturnType<typeof kindOf> }>()
  for (const each of descendants) {
    const kind = kindOf(each)
    const name = `${kind.kind} ${kind.service}`
    counts.set(name, { kind, count: (counts.get(name)?.count ?? 0) + 1 })
  }
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, { kind, count }]) => words.text('delegated.counted', { ...kind, count }))
}

/** The values by which messages select the words for a delegated token. */
function kindOf({ type, service, clientName }: Delegated) {
  if (type === 'oidc') {
    const name = clientName ?? service ?? ''
    return { kind: name === '' ? 'signInSomewhere' : 'signIn', service: name }
  }
  if (type === 'notebook') return { kind: 'notebook', service: '' }
  return { kind: service === undefined ? 'program' : 'service', service: service ?? '' }
}

/** Names the tokens that were created with a token, for its owner; those of other users with the user's name. */
export function heirNames(heirs: readonly TokenRecord[], owner: string, words: Words): readonly string[] {
  return heirs.map(({ key, name, username, type }) => {
    const called = name ?? (type === 'service' ? words.text('delegated.serviceToken') : key)
    return username === owner ? called : words.text('delegated.ofUser', { name: called, username })
  })
}
