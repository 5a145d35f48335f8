import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { EmbeddedServer } from '../embedded-server.js'
import { nativeBinaries } from '../native-binaries.js'
import { type Cluster, clusterOf, createCluster, majorOf } from '../postgres-cluster.js'
import { launchPostgres } from '../postgres-server.js'
import { findPostmaster } from '../postmaster.js'
import type { ServerHome } from '../server-home.js'
import { adoptServer, stopServer } from '../server-process.js'
import { olderPostgres } from './older-binaries.js'

/** How data are moved to PostgreSQL's next major version, whose files the old ones are not. */
export interface MovesData {
  /** Copies a whole database to an empty one, by their URLs. */
  copy(from: string, to: string): Promise<void>
  /** Reports the folder in which the data of an older version are kept, at every start. */
  onKept(folder: string): void
}

/**
 * Moves the data of an older major version to ours. The caller must hold the data folder's lock.
 *
 * The old data are only read. The new folder gets its name when it is complete, and the old one stays under another name:
 * a move that was killed at any moment begins anew, or is finished, at the next start.
 *
 * @throws {OperatorError} when the older version is not installed, or the data cannot be copied; they are as before then
 */
export async function moveFromOlder(home: ServerHome, { copy, onKept }: MovesData): Promise<void> {
  const cluster = clusterOf(home)
  const names = { moving: withName(cluster, 'moving'), moved: withName(cluster, 'moved') }
  await settle(cluster, names)
  if (existsSync(cluster.dir)) {
    const { bin, major } = nativeBinaries(home)
    const older = majorOf(cluster.dir)
    if (Number(older) < Number(major)) {
      const file = olderPostgres(older, home.dir)
      // A killed Postern may have left it running.
      await stopLeftOver(cluster, ['SIGINT', 'SIGQUIT'])
      await createCluster(names.moving, bin, home.user)
      await copyBetween(
        { cluster, file, name: 'old' },
        { cluster: names.moving, file: path.join(bin, 'postgres'), name: 'new' },
      )
      renameSync(names.moving.dir, names.moved.dir)
      renameSync(cluster.dir, freeName(`${cluster.dir}-${older}`))
      renameSync(names.moved.dir, cluster.dir)
    }
  }
  for (const kept of keptFolders(cluster)) onKept(kept)

  async function copyBetween(...ends: readonly [End, End]): Promise<void> {
    const running: EmbeddedServer[] = []
    try {
      for (const { cluster, file, name } of ends) {
        const logFile = path.join(home.dir, `postgres-${name}.log`)
        running.push(await launchPostgres(cluster, { file, logFile, user: home.user }))
      }
      await copy(running[0]?.url ?? '', running[1]?.url ?? '')
    } finally {
      await Promise.all(running.map((server) => server.stop()))
    }
  }
}

interface End {
  readonly cluster: Cluster
  readonly file: string
  readonly name: string
}

interface Names {
  /** Being filled. */
  readonly moving: Cluster
  /** Complete. */
  readonly moved: Cluster
}

/** Clears away what a killed move left, or finishes it where only the last name was missing. */
async function settle(cluster: Cluster, { moving, moved }: Names): Promise<void> {
  await stopLeftOver(moving, ['SIGQUIT'])
  rmSync(moving.dir, { recursive: true, force: true })
  if (!existsSync(moved.dir)) return
  // Beside the old folder a complete copy may be behind it: an older Postern may have been started in between.
  if (existsSync(cluster.dir)) rmSync(moved.dir, { recursive: true })
  else renameSync(moved.dir, cluster.dir)
}

async function stopLeftOver({ dir }: Cluster, signals: readonly NodeJS.Signals[]): Promise<void> {
  const postmaster = findPostmaster(dir)
  if (postmaster) await stopServer(adoptServer(postmaster.pid), signals)
}

function withName({ dir, passwordFile }: Cluster, name: string): Cluster {
  return { dir: `${dir}.${name}`, passwordFile }
}

function freeName(folder: string): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? folder : `${folder}-${count}`
    if (!existsSync(name)) return name
  }
}

function keptFolders({ dir }: Cluster): string[] {
  const parent = path.dirname(dir)
  const kept = new RegExp(`^${path.basename(dir)}-\\d+(?:-\\d+)?$`)
  return readdirSync(parent)
    .filter((name) => kept.test(name))
    .map((name) => path.join(parent, name))
}
