import type { Declaration } from './declaration.js'

/** A migration in this version's folder. */
export interface KnownMigration {
  readonly name: string
  readonly sql: string
  /** SHA-256 of the SQL, in hex, as Prisma records it. */
  readonly checksum: string
  readonly declaration: Declaration | undefined
}

/** A migration that the database has. */
export interface AppliedMigration {
  readonly name: string
  readonly checksum: string
  readonly finished: boolean
  /** As the version recorded it that applied it. */
  readonly declaration: Declaration | undefined
}

/** Why this version must not serve on a database. */
export interface SchemaFault {
  /**
   * `unknown`: a migration of a newer version, of which nothing is recorded; `contracted`: one that took away what this
   * version needs.
   */
  readonly kind: 'unknown' | 'contracted' | 'half_done' | 'edited'
  readonly name: string
}

/** A database's schema beside this version's. */
export interface SchemaState {
  /** In the order of their names, which is the order in which they are applied. */
  readonly missing: readonly KnownMigration[]
  /** Applied by a newer version. */
  readonly unknown: readonly AppliedMigration[]
  readonly fault: SchemaFault | undefined
}

/**
 * Compares what a database has with what this version knows. A migration that this version does not know is no fault when
 * it only expanded the schema, or took away what this version no longer needs: both versions serve during an upgrade.
 */
export function compareSchema(applied: readonly AppliedMigration[], known: readonly KnownMigration[]): SchemaState {
  const ours = new Map(known.map((each) => [each.name, each]))
  const done = new Set(applied.map(({ name }) => name))
  const faults = applied.map((each) => faultOf(each, ours)).filter((each) => each !== undefined)
  return {
    missing: known.filter(({ name }) => !done.has(name)),
    unknown: applied.filter(({ name }) => !ours.has(name)),
    fault: faults[0],
  }
}

function faultOf(
  { name, checksum, finished, declaration }: AppliedMigration,
  ours: ReadonlyMap<string, KnownMigration>,
): SchemaFault | undefined {
  const own = ours.get(name)
  if (!own && !declaration) return { kind: 'unknown', name }
  if (!finished) return { kind: 'half_done', name }
  if (own) return own.checksum === checksum ? undefined : { kind: 'edited', name }
  const { needs } = declaration ?? {}
  return needs === undefined || ours.has(needs) ? undefined : { kind: 'contracted', name }
}
