import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Settings } from '../../settings/schema.js'

/** CPU quota of a container (cgroup v2): `max`, or microseconds in each period of microseconds. */
const CGROUP = '/sys/fs/cgroup/cpu.max'

/** Connections to PostgreSQL of one process, and of all workers together. */
const MAX_POOL_SIZE = 10
const MAX_CONNECTIONS = 60

/** Returns the number of worker processes. `auto` is one for each core; in a container, for each core of its quota. */
export function workersOf({ workers }: Pick<Settings, 'workers'>, cgroup = CGROUP): number {
  return workers === 'auto' ? Math.max(1, Math.min(availableParallelism(), coresOf(cgroup))) : workers
}

/**
 * Returns the connection pool size of one worker. PostgreSQL accepts 100 connections by default, which other replicas and
 * the site's own psql share.
 */
export function poolSizeOf(workers: number): number {
  return Math.max(2, Math.min(MAX_POOL_SIZE, Math.floor(MAX_CONNECTIONS / workers)))
}

function coresOf(file: string): number {
  try {
    const [quota, period] = readFileSync(file, 'utf8').split(' ').map(Number)
    return Number.isNaN(quota) ? Number.POSITIVE_INFINITY : Math.ceil((quota ?? 0) / (period ?? 1))
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
