import path from 'node:path'
import type { EmbeddedServer } from './embedded-server.js'
import { clusterOf, prepareCluster } from './postgres-cluster.js'
import { adoptPostgres, launchPostgres } from './postgres-server.js'
import type { ServerHome } from './server-home.js'
import { type MovesData, moveFromOlder } from './upgrade/move-cluster.js'

/**
 * Starts PostgreSQL on a loopback port with the database `postern`, or adopts one that a killed Postern left running.
 * The caller must hold the data folder's lock.
 *
 * @param flags more options of PostgreSQL's command line, as `-c fsync=off`
 * @param moves how the data of an older major version are copied; without it such data are refused
 * @throws {OperatorError}
 */
export async function startPostgres(
  home: ServerHome,
  flags: readonly string[] = [],
  moves?: MovesData,
): Promise<EmbeddedServer> {
  if (moves) await moveFromOlder(home, moves)
  return (await findPostgres(home)) ?? (await launch(home, flags))
}

/** Finds a PostgreSQL that runs on this data folder. */
export function findPostgres(home: ServerHome): Promise<EmbeddedServer | undefined> {
  return adoptPostgres(clusterOf(home))
}

async function launch(home: ServerHome, flags: readonly string[]): Promise<EmbeddedServer> {
  const file = await prepareCluster(home)
  return launchPostgres(clusterOf(home), {
    file,
    flags,
    logFile: path.join(home.dir, 'postgres.log'),
    portFile: path.join(home.dataDir, 'postgres.port'),
    user: home.user,
  })
}
