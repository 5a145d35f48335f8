/**
 * States what a migration means to the versions that serve while it is applied. It is the first line of its SQL:
 *
 *     -- expand: Tokens have a colour.
 *     -- contract after 20270301000000_colour: Tokens have no shade; versions that know the colour do not read it.
 */
export interface Declaration {
  /** The migration that a version must know to serve after this one; without it every older version can ("expand"). */
  readonly needs?: string
  /** What it does, in one sentence for an operator. */
  readonly summary: string
}

export type MigrationKind = 'expand' | 'contract'

const HEADER = /^-- (?:expand|contract after (?<needs>\d{14}_[a-z0-9_]+)): (?<summary>\S.*)$/

/** Reads the declaration in the first line of a migration's SQL. @returns undefined when there is none */
export function declarationOf(sql: string): Declaration | undefined {
  const [first = ''] = sql.split('\n', 1)
  const { needs, summary } = HEADER.exec(first.trimEnd())?.groups ?? {}
  if (summary === undefined) return undefined
  return needs === undefined ? { summary } : { needs, summary }
}

/** A migration that says nothing may have taken away what an older version needs. */
export function kindOf(declaration: Declaration | undefined): MigrationKind {
  return declaration && declaration.needs === undefined ? 'expand' : 'contract'
}
