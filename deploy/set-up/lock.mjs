import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startOf } from './process-start.mjs'
import { root, say } from './step.mjs'

/** A holder touches its lock this often, for machines that share the folder and do not see its processes. */
const TOUCH_MS = 10_000
const SILENT_AFTER_MS = 60_000

/** A lock without a holder is one that was just made, or whose maker was killed at that moment. */
const UNWRITTEN_AFTER_MS = 10_000

const here = { file: path.join(root, '.set-up.lock'), host: os.hostname(), tell: say, pollMs: 200, everyMs: 15_000 }

/**
 * Does work that no other set-up of this folder may do at the same time. Waits for one that runs, and for a program that a
 * killed one left behind; takes over the lock of dead processes.
 *
 * @param work gets `onStart`, to be called with the pid of each program that the work starts
 * @param options for the tests
 */
export async function withLock(work, options = {}) {
  const { file, host, ...waiting } = { ...here, ...options }
  const mine = { id: randomUUID(), host, pid: process.pid, started: startOf(process.pid) }
  await take(file, mine, waiting)
  const touching = setInterval(() => touch(file), TOUCH_MS)
  touching.unref()
  try {
    const onStart = (pid) => writeFileSync(file, JSON.stringify({ ...mine, program: { pid, started: startOf(pid) } }))
    return await work({ onStart })
  } finally {
    clearInterval(touching)
    if (read(file)?.id === mine.id) rmSync(file, { force: true })
  }
}

async function take(file, mine, { tell, pollMs, everyMs }) {
  let told = -Infinity
  while (!create(file, mine)) {
    const holder = read(file)
    if (!holder) continue
    const blocker = blockerOf(holder, mine.host)
    if (!blocker) {
      removeStale(file, holder)
      continue
    }
    if (Date.now() - told >= everyMs) {
      tell(`${blocker}; waiting for its end …`)
      told = Date.now()
    }
    await sleep(pollMs)
  }
}

/**
 * Says what a lock waits for.
 * @returns {string | undefined} undefined when the processes of the lock are gone
 */
function blockerOf({ pid, started, program, host, ageMs }, ourHost) {
  if (pid === undefined) return ageMs < UNWRITTEN_AFTER_MS ? 'Another set-up begins' : undefined
  if (host !== ourHost) return ageMs < SILENT_AFTER_MS ? `Another set-up runs on ${host}` : undefined
  if (startOf(pid) === started) return `Another set-up runs (process ${pid})`
  if (program && startOf(program.pid) === program.started)
    return `A set-up was killed, and a program that it started still runs (process ${program.pid})`
  return undefined
}

/** @returns {boolean} whether the lock was made; false when there is one */
function create(file, mine) {
  let made
  try {
    made = openSync(file, 'wx')
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  try {
    writeFileSync(made, JSON.stringify(mine))
    return true
  } catch (error) {
    // A full disk has room for a name and none for its text.
    rmSync(file, { force: true })
    throw error
  } finally {
    closeSync(made)
  }
}

/** @returns the holder and the age of its lock; undefined when the lock is gone */
function read(file) {
  try {
    const ageMs = Date.now() - statSync(file).mtimeMs
    return { ...parse(readFileSync(file, 'utf8')), ageMs }
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/**
 * Removes a stale lock. Two set-ups may find it at once, and the slower would remove the new lock of the faster; so it is
 * moved aside first, compared, and put back when it is not the stale one.
 */
function removeStale(file, stale) {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  const { ageMs, ...moved } = read(aside) ?? {}
  if (moved.id !== stale.id) create(file, moved)
  rmSync(aside, { force: true })
}

function touch(file) {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    // Removed by hand: the work goes on, and the next set-up cannot know of it.
  }
}
