import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** The CPUs that this process may use. */
export function ownCpus(): number[] {
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return list.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

/** The processes below one, by the kernel's own account; none when it has ended. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  } catch {
    return []
  }
}

/** Keeps a process, with all its threads and those below it, to some CPUs. */
export function pin(pid: number, cpus: readonly number[]): void {
  execFileSync('taskset', ['-a', '-p', '-c', cpus.join(','), String(pid)], { stdio: 'ignore' })
  for (const child of childrenOf(pid)) pin(child, cpus)
}

/**
 * The CPU time that processes have taken so far, with those below them, in microseconds: by the scheduler's own count, which
 * is exact, where the kernel has it, else in the ticks of /proc/<pid>/stat.
 */
export function cpuTime(pids: readonly number[]): number {
  return pids.reduce((total, pid) => total + timeOf(pid) + cpuTime(childrenOf(pid)), 0)
}

/** The CPU time of a process and of each below it, by their numbers. */
export function cpuTimes(pid: number): ReadonlyMap<number, number> {
  return new Map([[pid, timeOf(pid)] as const, ...childrenOf(pid).flatMap((child) => [...cpuTimes(child)])])
}

/** The CPU time that a process and those below it have taken since; one that has ended meanwhile counts for nothing. */
export function cpuSince(before: ReadonlyMap<number, number>, pid: number): number {
  return [...cpuTimes(pid)].reduce((total, [each, time]) => total + Math.max(0, time - (before.get(each) ?? 0)), 0)
}

function timeOf(pid: number): number {
  const tasks = `/proc/${pid}/task`
  if (!existsSync(`/proc/${pid}/schedstat`)) return ticksOf(pid) * 10_000
  return readdirSync(tasks).reduce((total, task) => {
    const [nanoseconds = '0'] = readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')
    return total + Number(nanoseconds) / 1000
  }, 0)
}

function ticksOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
