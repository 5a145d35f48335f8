import type { TokenRecord, TokenType } from '../../../core/token/record.js'
/** The label of each token type on pages for administrators. */
export const TOKEN_KINDS: Readonly<Record<TokenType, string>> = {
  session: 'Web session',
  user: 'User token',
  notebook: 'Notebook token',
  internal: 'Internal token',
  service: 'Service token',
  oidc: 'OpenID Connect token',
}

/** `1 user token`, `3 user tokens`: for nouns whose plural only adds an s. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

type Delegated = Pick<TokenRecord, 'type' | 'service'> & {
  /** The name of the client, for a token of type `oidc`. */
  readonly clientName?: string | undefined
}

/** Names a delegated token for its owner: `Notebook token`, `Token for tap`; `Token for a program` where one exchanged it. */
export function delegatedName({ type, service, clientName }: Delegated): string {
  if (type === 'oidc') return `Sign-in at ${clientName ?? service ?? 'a client'}`
  return type === 'notebook' ? 'Notebook token' : `Token for ${service ?? 'a program'}`
}

/** Counts the tokens that end with a token, a line for each kind: `2 notebook tokens`, `1 token for tap`. */
export function alsoEnding(descendants: readonly Delegated[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const each of descendants) counts.set(delegatedName(each), (counts.get(delegatedName(each)) ?? 0) + 1)
  return [...counts].sort().map(([name, count]) => {
    const lower = name.charAt(0).toLowerCase() + name.slice(1)
    return `${count} ${count === 1 ? lower : lower.replace('token', 'tokens')}`
  })
}

/** Names the tokens that were created with a token, for its owner; those of other users with the user's name. */
export function heirNames(heirs: readonly TokenRecord[], owner: string): readonly string[] {
  return heirs.map(({ key, name, username, type }) => {
    const called = name ?? (type === 'service' ? 'service token' : key)
    return username === owner ? called : `${called} of ${username}`
  })
}
