import { existsSync } from 'node:fs'
import path from 'node:path'
import type { EmbeddedServer } from '../../../server/embedded/embedded-server.js'
import { clusterOf, createCluster } from '../../../server/embedded/postgres-cluster.js'
import { launchPostgres } from '../../../server/embedded/postgres-server.js'
import type { ServerHome } from '../../../server/embedded/server-home.js'

/** The executables of Debian's PostgreSQL, an older major version than the embedded one. */
export const DEBIAN_POSTGRES = '/usr/lib/postgresql/15/bin'

/** Starts Debian's PostgreSQL where the embedded one has its data. */
export async function startDebianPostgres(home: ServerHome): Promise<EmbeddedServer> {
  const cluster = clusterOf(home)
  if (!existsSync(cluster.dir)) await createCluster(cluster, DEBIAN_POSTGRES, home.user)
  const logFile = path.join(home.dir, 'debian-postgres.log')
  return launchPostgres(cluster, { file: path.join(DEBIAN_POSTGRES, 'postgres'), logFile, user: home.user })
}
