import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'

const onLinux = process.platform === 'linux'

/** Positions in /proc/<pid>/stat after the command's name, which may itself hold spaces and brackets. */
const STATE = 0
const START_TIME = 19

/**
 * When a process was started, in words that only this start of this process has: a pid by itself is given to somebody else
 * sooner or later, and after a reboot at once.
 *
 * @returns undefined when no such process runs; a zombie does not run
 */
export function startOf(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  try {
    return onLinux ? startFromProc(pid) : startFromPs(pid)
  } catch {
    return undefined
  }
}

export function isRunning(pid: number): boolean {
  return startOf(pid) !== undefined
}

/**
 * Does the process work in this folder, as PostgreSQL and Redis do in their data? A pid file left behind may name a
 * stranger's process; no stranger sits in a folder that only we may enter.
 *
 * @returns undefined where the system does not tell
 */
export function worksIn(pid: number, folder: string): boolean | undefined {
  if (!onLinux) return undefined
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
}

/** Every process that works in this folder, as worksIn. @returns undefined where the system does not tell */
export function processesIn(folder: string): number[] | undefined {
  if (!onLinux) return undefined
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && worksIn(pid, folder))
}

function startFromProc(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[STATE] === 'Z' || fields[STATE] === 'X') return undefined
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return `${boot}:${fields[START_TIME]}`
}

function startFromPs(pid: number): string | undefined {
  const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/)
  return state?.startsWith('Z') ? undefined : started.join(' ')
}
