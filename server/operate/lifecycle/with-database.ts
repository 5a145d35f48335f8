import { Secret } from '../../core/token/secret.js'
import { startEmbedded } from '../../embedded/start.js'
import type { Settings } from '../../settings/schema.js'

/** Works on the site's PostgreSQL alone, as it is: without Redis, without a migration, beside a running server or not. */
export async function withDatabase<T>(
  { data, databaseUrl }: Settings,
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const embedded = await startEmbedded({ dataDir: data, postgres: !databaseUrl, redis: false, role: 'command' })
  try {
    return await work((databaseUrl ?? new Secret(embedded.databaseUrl ?? '')).reveal())
  } finally {
    await embedded.stop()
  }
}
