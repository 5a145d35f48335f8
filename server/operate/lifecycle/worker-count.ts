import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Settings } from '../../settings/schema.js'

/** CPU quota of a container (cgroup v2): `max`, or microseconds in each period of microseconds. */
const CGROUP = '/sys/fs/cgroup/cpu.max'

/** Connections to PostgreSQL of one process, and of all workers together, where the settings name no number. */
const MAX_POOL_SIZE = 10
const MAX_CONNECTIONS = 60

/** A process needs one for the reads of checks and one for transactions. */
const MIN_POOL_SIZE = 2

/** Returns the number of worker processes. `auto` is one for each core; in a container, for each core of its quota. */
export function workersOf({ workers }: Pick<Settings, 'workers'>, cgroup = CGROUP): number {
  return workers === 'auto' ? Math.max(1, Math.min(availableParallelism(), coresOf(cgroup))) : workers
}

/**
 * Returns the connection pool size of one process: of the primary, or of one of its workers. PostgreSQL accepts 100 connections
 * by default, which other replicas and the site's own psql share.
 *
 * @param connections of a server with all its workers; `auto` for up to 10 of the primary and 60 of all workers together
 */
export function poolSizeOf(
  connections: Settings['databaseConnections'],
  workers: number,
  role: 'primary' | 'worker',
): number {
  if (connections === 'auto')
    return role === 'primary' ? MAX_POOL_SIZE : clamp(Math.floor(MAX_CONNECTIONS / workers), MAX_POOL_SIZE)
  const processes = workers === 1 ? 1 : workers + 1
  return clamp(Math.floor(connections / processes), connections)
}

const clamp = (size: number, most: number): number => Math.max(MIN_POOL_SIZE, Math.min(most, size))

function coresOf(file: string): number {
  try {
    const [quota, period] = readFileSync(file, 'utf8').split(' ').map(Number)
    return Number.isNaN(quota) ? Number.POSITIVE_INFINITY : Math.ceil((quota ?? 0) / (period ?? 1))
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
