import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ownCpus, pin } from '../../support/cpu.js'
import type { Undo } from '../../support/run/at-end.js'
import { startOwnStores } from '../../support/stores/own-stores.js'

/** The addresses of the stores, as settings. */
export interface Addresses {
  readonly databaseUrl: string
  readonly redisUrl: string
}

/** The processes of the stores; those of the connections to PostgreSQL are below its own. */
export interface StorePids {
  readonly postgres: number
  readonly redis: number
}

/** What the servers of a measurement share, and no other program has. */
export interface OwnBench {
  readonly folder: string
  readonly addresses: Addresses
  readonly pids: StorePids
  readonly secret: string
  /** The settings of a server with these stores. */
  readonly env: Readonly<Record<string, string>>
}

/** Starts stores for a measurement, with a folder beside them. */
export async function startOwnBench(name: string, atEnd: (undo: Undo) => void): Promise<OwnBench> {
  const folder = mkdtempSync(path.join(tmpdir(), `postern-${name}-`))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const stores = await startOwnStores()
  atEnd(() => stores.stop())
  const addresses = { databaseUrl: stores.postgres.url, redisUrl: stores.redis.url }
  const secret = randomBytes(32).toString('base64url')
  const env = { DATABASE_URL: addresses.databaseUrl, REDIS_URL: addresses.redisUrl, POSTERN_SECRET: secret }
  const pids = { postgres: stores.postgres.pid(), redis: stores.redis.pid() }
  return { folder, addresses, pids, secret, env }
}

/**
 * Leaves one CPU to the servers that are measured: this program, and what it starts without a CPU of its own, has the others.
 *
 * @returns the CPU of the servers; undefined where there is only one for everything
 */
export function leaveOneCpu(): { readonly cpu: number | undefined; readonly others: readonly number[] } {
  const cpus = ownCpus()
  const cpu = cpus.length > 1 ? cpus[0] : undefined
  const others = cpu === undefined ? cpus : cpus.slice(1)
  pin(process.pid, others)
  return { cpu, others }
}
