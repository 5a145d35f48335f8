import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Settings } from '../../settings/schema.js'

/** A container's share of the processors: "max", or microseconds of them in a period of microseconds. */
const CGROUP = '/sys/fs/cgroup/cpu.max'

/** Connections to PostgreSQL that a process of its own may have, and that all workers may have together. */
const ALONE = 10
const TOGETHER = 60

/** How many processes are to serve. `auto` is one a core; in a container, one for each core that it may use. */
export function workersOf({ workers }: Pick<Settings, 'workers'>, cgroup = CGROUP): number {
  return workers === 'auto' ? Math.max(1, Math.min(availableParallelism(), coresOf(cgroup))) : workers
}

/**
 * How large a worker's pool may be. PostgreSQL takes 100 connections unless told otherwise, and there are other replicas
 * and the site's own psql.
 */
export function poolSizeOf(workers: number): number {
  return Math.max(2, Math.min(ALONE, Math.floor(TOGETHER / workers)))
}

function coresOf(file: string): number {
  try {
    const [quota, period] = readFileSync(file, 'utf8').split(' ').map(Number)
    return Number.isNaN(quota) ? Number.POSITIVE_INFINITY : Math.ceil((quota ?? 0) / (period ?? 1))
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
