import { z } from 'zod'

/** The version of the files of a backup. A later one may have other files; an earlier one is read by each later Postern. */
export const FORMAT = 1

/** The file that lists the others: written last, so that a backup without it was not finished. */
export const MANIFEST = 'manifest.json'

const count = z.number().int().nonnegative()
const file = z.strictObject({
  /** Attack: a name such as ../../etc/passwd in an edited manifest. */
  name: z.string().regex(/^[\w-]+(?:\.[\w-]+)*$/),
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Lines of its plain text. */
  rows: count,
})

const schema = z.object({
  format: z.literal(FORMAT),
  id: z.string().min(1),
  /** The version of Postern that wrote it. */
  product: z.string(),
  /** The moment that it shows, ISO 8601: everything that was done later is missing. */
  taken: z.iso.datetime(),
  encrypted: z.boolean(),
  /** The migrations of the database, oldest first. */
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })).min(1),
  /** In an order in which each finds the rows that it refers to. */
  tables: z.array(z.object({ table: z.string(), columns: z.array(z.string()).min(1), file })),
  /** The next number of each table that counts its rows. */
  sequences: z.array(z.object({ name: z.string(), last: z.string().regex(/^\d+$/) })),
  redis: file,
})

/** What a backup consists of, and how it is checked. */
export type Manifest = z.infer<typeof schema>
export type BackupFile = z.infer<typeof file>

/** A migration as the database records it. */
export type AppliedMigration = Manifest['migrations'][number]

/** Lists the files of a backup. */
export function filesOf({ tables, redis }: Pick<Manifest, 'tables' | 'redis'>): readonly BackupFile[] {
  return [...tables.map(({ file }) => file), redis]
}

/** Why a manifest cannot be used, as a sentence. */
export interface UnusableManifest {
  readonly problem: string
}

/** Parses a manifest. Its format is looked at first: a later one may have other fields. */
export function readManifest(text: string): Manifest | UnusableManifest {
  const parsed = parseJson(text)
  const format = (parsed as { readonly format?: unknown } | null | undefined)?.format
  if (typeof format === 'number' && format > FORMAT) {
    return { problem: `The backup has format ${format}, and this version of Postern reads up to ${FORMAT}` }
  }
  const result = schema.safeParse(parsed)
  return result.data ?? { problem: `${MANIFEST} is not the manifest of a backup: it was edited or cut off` }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Says why this version cannot restore a backup: it has a migration that this version does not know, or knows otherwise. The
 * schema of an older one is made first, and migrated when the rows are in it.
 */
export function refuseMigrations(
  { migrations, product }: Pick<Manifest, 'migrations' | 'product'>,
  known: readonly AppliedMigration[],
): string | undefined {
  const ours = new Map(known.map(({ name, checksum }) => [name, checksum]))
  const unknown = migrations.find(({ name }) => !ours.has(name))
  if (unknown)
    return `The backup was made by a newer version of Postern (${product}): it has the migration ${unknown.name}, which this version does not know`
  const edited = migrations.find(({ name, checksum }) => ours.get(name) !== checksum)
  return edited && `The migration ${edited.name} of the backup is not the one that this version has`
}
