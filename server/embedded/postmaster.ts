import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../core/operator-error.js'
import { isRunning, processesIn, worksIn } from './process-identity.js'

/** What a running PostgreSQL writes about itself into `postmaster.pid`. */
export interface Postmaster {
  pid: number
  port: number
  ready: boolean
}

/** Lines of the file, counted from 0 (PostgreSQL's `pidfile.h`). */
const PID = 0
const PORT = 3
const STATUS = 7

const LEAVING_TIMEOUT_MS = 10_000
const POLL_MS = 20

/** @returns undefined when none runs on this data folder, whatever an old file says */
export function findPostmaster(dir: string): Postmaster | undefined {
  const postmaster = readPidFile(dir)
  if (!postmaster || !isRunning(postmaster.pid)) return undefined
  return worksIn(postmaster.pid, dir) === false ? undefined : postmaster
}

/**
 * PostgreSQL does not start while its old file names a process that exists, be it a zombie or a stranger that was given the
 * pid after a crash. To be called under our lock, before a start and when no postmaster was found.
 *
 * @throws {OperatorError} when something still works on the data, or the system cannot tell us so
 */
export async function removeStalePidFile(dir: string): Promise<void> {
  const stale = readPidFile(dir)
  if (!stale) return
  const file = path.join(dir, 'postmaster.pid')
  // With the file goes PostgreSQL's own protection against the rest of a killed server, so wait until that has gone.
  const deadline = Date.now() + LEAVING_TIMEOUT_MS
  for (;;) {
    const rest = processesIn(dir)
    if (rest?.length === 0) return rmSync(file, { force: true })
    if (rest === undefined && !isRunning(stale.pid)) return
    if (rest === undefined || Date.now() > deadline) throw inUse(file, rest ?? [stale.pid])
    await sleep(POLL_MS)
  }
}

function inUse(file: string, pids: readonly number[]): OperatorError {
  return new OperatorError(
    `Without being Postern's PostgreSQL, something works on its data (process ${pids.join(', ')}).`,
    `End it; or, if it is a program that has nothing to do with ${path.dirname(file)}, remove ${file}.`,
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
