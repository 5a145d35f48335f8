import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../core/operator-error.js'
import { createAtomically } from './atomic-file.js'
import { startOf } from './process-identity.js'

/** A server holds the lock while it runs, a command for a moment. */
export type LockRole = 'server' | 'command'

export interface Lock {
  release(): void
}

interface Holder {
  id: string
  pid: number
  /** From startOf; distinguishes the holder from a later process with the same pid. */
  started: string
  role: LockRole
}

const WAIT_FOR_COMMAND_MS = 10_000
const POLL_MS = 50

/**
 * Takes the exclusive lock on a data folder, over from a dead process if need be.
 *
 * Own code, because proper-lockfile judges a holder by the age of its file: this lock names the pid and its start time, so
 * that a killed server's lock is taken over at once, and a suspended one's never.
 *
 * @returns undefined when a command asks and a server holds the lock: the command uses the server's stores
 * @throws {OperatorError} naming the holder: at once when it is a server and a server asks, after ten seconds when it is a
 *   command
 */
export async function takeLock(dataDir: string, role: LockRole): Promise<Lock | undefined> {
  const file = path.join(dataDir, 'lock')
  const mine: Holder = { id: randomUUID(), pid: process.pid, started: startOf(process.pid) ?? '', role }
  const deadline = Date.now() + WAIT_FOR_COMMAND_MS
  for (;;) {
    if (createAtomically(file, JSON.stringify(mine))) return { release: () => release(file, mine) }
    const holder = read(file)
    if (!holder) continue
    if (startOf(holder.pid) !== holder.started) {
      removeStale(file, holder)
      continue
    }
    if (holder.role === 'server' && role === 'command') return undefined
    if (holder.role === 'server' || Date.now() > deadline) throw heldBy(holder, dataDir)
    await sleep(POLL_MS)
  }
}

/** @returns undefined when the lock is gone; an unreadable one counts as a dead process's */
function read(file: string): Holder | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text) as Holder
  } catch {
    return { id: '', pid: 0, started: 'never', role: 'command' }
  }
}

/**
 * Removes a stale lock. Two processes may find it at once, and the slower would remove the new lock of the faster; so it is
 * moved aside first, compared, and put back when it is not the stale one.
 */
function removeStale(file: string, stale: Holder): void {
  const aside = `${file}.${process.pid}.stale`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  const moved = read(aside)
  if (moved && moved.id !== stale.id) createAtomically(file, JSON.stringify(moved))
  rmSync(aside, { force: true })
}

function release(file: string, mine: Holder): void {
  if (read(file)?.id === mine.id) rmSync(file, { force: true })
}

function heldBy({ pid, role }: Holder, dataDir: string): OperatorError {
  return role === 'server'
    ? new OperatorError(
        `Postern already runs on ${dataDir}, as process ${pid}.`,
        'Stop that process first, or give this one a folder of its own with POSTERN_DATA and a port of its own with POSTERN_PORT.',
      )
    : new OperatorError(
        `A postern command (process ${pid}) has been working on ${dataDir} for ${WAIT_FOR_COMMAND_MS / 1000} seconds.`,
        `Wait until it is done, or stop it: kill ${pid}`,
      )
}
