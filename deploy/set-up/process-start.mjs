import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Identifies one start of a process, as server/embedded/process-identity.ts does, which is not compiled yet: a pid alone is
 * reused by another process sooner or later, and after a reboot at once.
 *
 * @returns {string | undefined} undefined when no such process runs; a zombie does not run
 */
export function startOf(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  try {
    return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
  } catch {
    return undefined
  }
}

function startFromProc(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The program's name, in brackets, may contain spaces and brackets. The state follows it; the start is 19 fields later.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`
}

function startFromPs(pid) {
  const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const [state, ...started] = text.trim().split(/\s+/)
  return state?.startsWith('Z') ? undefined : started.join(' ')
}
