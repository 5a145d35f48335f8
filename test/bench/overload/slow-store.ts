import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A store that is reached by a line of few bytes a second. */
export interface SlowStore {
  readonly url: string
  /** From now on its answers share so many bytes a second: the more there are at a time, the longer each takes. Once. */
  slow(bytesPerSecond: number): void
  stop(): void
}

/** Starts a relay to a store. It is as fast as the store until it is told. */
export async function startSlowStore(target: string): Promise<SlowStore> {
  const url = new URL(target)
  const loader = new URL('../../support/run/typescript.mjs', import.meta.url).href
  const program = fileURLToPath(new URL('slow-store-process.ts', import.meta.url))
  const child = fork(program, [url.port], { execArgv: ['--import', loader] })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The slow store ended (${code})`)))
  ended.catch(() => {})
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number]
  url.port = String(port)
  url.hostname = '127.0.0.1'
  return {
    url: url.href,
    slow: (bytesPerSecond) => child.send(bytesPerSecond),
    stop: () => child.connected && child.disconnect(),
  }
}
