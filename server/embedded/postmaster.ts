import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../core/operator-error.js'
import { isRunning, processesIn, worksIn } from './process-identity.js'

/** The content of `postmaster.pid`, which a running PostgreSQL writes. */
export interface Postmaster {
  pid: number
  port: number
  ready: boolean
}

/** Lines of the file, counted from 0 (PostgreSQL's `pidfile.h`). */
const PID = 0
const PORT = 3
const STATUS = 7

const EXIT_TIMEOUT_MS = 10_000
const POLL_MS = 20

/** Finds the PostgreSQL that runs on a data folder. @returns undefined when none does, even if a stale file names one */
export function findPostmaster(dir: string): Postmaster | undefined {
  const postmaster = readPidFile(dir)
  if (!postmaster || !isRunning(postmaster.pid)) return undefined
  return worksIn(postmaster.pid, dir) === false ? undefined : postmaster
}

/**
 * Removes a stale `postmaster.pid`. PostgreSQL does not start while the file names any existing process, be it a zombie or
 * an unrelated one that got the pid after a crash. The caller must hold the lock and have found no postmaster.
 *
 * @throws {OperatorError} when a process still works on the data, or the system cannot list them
 */
export async function removeStalePidFile(dir: string): Promise<void> {
  const stale = readPidFile(dir)
  if (!stale) return
  const file = path.join(dir, 'postmaster.pid')
  // The file is PostgreSQL's protection against the remaining processes of a killed server, so wait until they exit.
  const deadline = Date.now() + EXIT_TIMEOUT_MS
  for (;;) {
    const remaining = processesIn(dir)
    if (remaining?.length === 0) return rmSync(file, { force: true })
    if (remaining === undefined && !isRunning(stale.pid)) return
    if (remaining === undefined || Date.now() > deadline) throw inUse(file, remaining ?? [stale.pid])
    await sleep(POLL_MS)
  }
}

function inUse(file: string, pids: readonly number[]): OperatorError {
  return new OperatorError(
    `A process that is not Postern's PostgreSQL works on its data (${pids.join(', ')}).`,
    `Stop it; or, if it has nothing to do with ${path.dirname(file)}, remove ${file}.`,
  )
}

function readPidFile(dir: string): Postmaster | undefined {
  let lines: string[]
  try {
    lines = readFileSync(path.join(dir, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return undefined
  }
  return { pid: Number(lines[PID]), port: Number(lines[PORT]), ready: lines[STATUS]?.trim() === 'ready' }
}
