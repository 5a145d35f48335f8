import { Secret } from '../../core/token/secret.js'
import { startEmbedded } from '../../embedded/start.js'
import type { Settings } from '../../settings/schema.js'
import { copyDatabase } from '../../storage/postgres/migration/copy-database.js'

/** Works on the site's PostgreSQL alone, as it is: without Redis, without a migration, beside a running server or not. */
export async function withDatabase<T>(
  { data, databaseUrl }: Settings,
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const embedded = await startEmbedded({
    dataDir: data,
    postgres: !databaseUrl,
    redis: false,
    role: 'command',
    moves: { copy: copyDatabase, onKept: () => undefined },
  })
  try {
    return await work((databaseUrl ?? new Secret(embedded.databaseUrl ?? '')).reveal())
  } finally {
    await embedded.stop()
  }
}
