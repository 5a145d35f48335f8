import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('hold.mjs', import.meta.url))
const ourDist = fileURLToPath(new URL('../../../dist', import.meta.url))

/** What the process said about its start: URLs, or an error. */
export interface Holding {
  databaseUrl: string
  redisUrl: string
  error?: string
  remedy?: string
}

export interface Holder extends Holding {
  process: ChildProcess
  /** Ends it as told, and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

/** A process of its own that starts the embedded stores, as another user or from another project folder if asked. */
export async function hold(
  options: { dataDir: string; role?: 'server' | 'command'; postgres?: boolean; redis?: boolean },
  { dist = ourDist, uid = process.getuid?.() ?? 0 } = {},
): Promise<Holder> {
  const all = { postgres: true, redis: true, role: 'server', ...options }
  const child = spawn(process.execPath, [script, dist, JSON.stringify(all)], {
    uid,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const crash = once(child, 'exit').then(([code]) => {
    throw new Error(`The holding process ended with exit code ${code}.`)
  })
  const [holding] = (await Promise.race([once(child, 'message'), crash])) as [Holding]
  return {
    ...holding,
    process: child,
    async end(signal) {
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}
