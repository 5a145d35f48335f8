import { connectForMigration } from '../connection/migration-connection.js'

/** Estimates how many rows tables have, as PostgreSQL last counted them. A table that is not there has none. */
export async function estimateRows(
  databaseUrl: string,
  tables: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const client = await connectForMigration(databaseUrl)
  try {
    const { rows } = await client.query<{ name: string; rows: number }>(
      'SELECT relname AS name, greatest(reltuples, 0)::float8 AS rows FROM pg_class WHERE oid = ANY(SELECT to_regclass(t) FROM unnest($1::text[]) t)',
      [tables],
    )
    return new Map(rows.map((each) => [each.name, each.rows]))
  } finally {
    await client.end()
  }
}
