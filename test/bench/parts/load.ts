import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pin } from '../../support/cpu.js'
import type { Job, Load } from './load-job.js'

export interface LoadGenerator {
  run(job: Job): Promise<Load>
  stop(): void
}

/** Starts the load generator on these CPUs. */
export function startLoad(cpus: readonly number[]): LoadGenerator {
  const loader = new URL('../../support/run/typescript.mjs', import.meta.url).href
  const program = fileURLToPath(new URL('load-process.ts', import.meta.url))
  const child = fork(program, { execArgv: ['--import', loader] })
  pin(child.pid ?? 0, cpus)
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The load generator ended (${code})`)))
  ended.catch(() => {})
  return {
    async run(job) {
      child.send(job)
      const [load] = (await Promise.race([once(child, 'message'), ended])) as [Load]
      return load
    },
    stop: () => child.disconnect(),
  }
}
