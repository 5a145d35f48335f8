import type { ServerProcess } from './server-process.js'

/** PostgreSQL or Redis, started or adopted, and answering. */
export interface EmbeddedServer {
  name: 'PostgreSQL' | 'Redis'
  /** With the password in it. */
  url: string
  process: ServerProcess
  /** Gracefully, with a bound; resolves when the process has ended. */
  stop(): Promise<void>
}
