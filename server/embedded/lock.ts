import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../core/operator-error.js'
import { createAtomically } from './atomic-file.js'
import { startOf } from './process-identity.js'

/** A server owns the data folder for as long as it runs, a command for a moment. */
export type LockRole = 'server' | 'command'

export interface Lock {
  release(): void
}

interface Holder {
  id: string
  pid: number
  /** From startOf: tells the holder from a later process with the same pid. */
  started: string
  role: LockRole
}

const WAIT_FOR_COMMAND_MS = 10_000
const POLL_MS = 50

/**
 * Makes this process the only owner of a data folder. The lock of a process that died is taken over.
 *
 * @returns undefined when a command asks and a server holds the folder: its stores are running and can simply be used
 * @throws {OperatorError} naming the holder: at once when a server asks and another server holds the folder, after ten
 *   seconds when a command does
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

/** @returns undefined when there is no lock any more; a file that no Postern wrote counts as a dead process's */
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
 * Two processes may find the same stale lock, and the slower one would remove the new lock of the faster. So it is moved
 * aside first, looked at, and put back when it is not the one that was stale.
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
        `Wait until it is done, or end it: kill ${pid}`,
      )
}
