import type { ServerProcess } from './server-process.js'

/** A PostgreSQL or Redis, started or adopted, that answers. */
export interface EmbeddedServer {
  name: 'PostgreSQL' | 'Redis'
  /** Contains the password. */
  url: string
  process: ServerProcess
  /** Shuts it down, gracefully at first; resolves when the process has exited. */
  stop(): Promise<void>
}
