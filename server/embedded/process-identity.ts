import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'

const onLinux = process.platform === 'linux'

/** Positions in /proc/<pid>/stat after the command's name, which may contain spaces and brackets. */
const STATE = 0
const START_TIME = 19

/**
 * Identifies one start of a process. A pid alone is reused by another process sooner or later, and after a reboot at once.
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
 * Tests whether a process has this working directory, as PostgreSQL and Redis have their data folder. A stale pid file may
 * name an unrelated process, and no unrelated process can enter this folder.
 *
 * @returns undefined where the system does not show it
 */
export function worksIn(pid: number, folder: string): boolean | undefined {
  if (!onLinux) return undefined
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
}

/** Lists the processes with this working directory. @returns undefined where the system does not show them */
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
