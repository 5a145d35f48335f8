import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach } from '@jest/globals'
import { freePort } from '../../../support/run/ports.js'
import { emptyFolder, removeFolders, type Started, startServer } from '../../cli/executable.js'

export const SECRET = 'a secret of at least thirty-two characters'
export const running: ChildProcess[] = []

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'close')
  }
})

/** Starts Postern; it is stopped after the test. */
export function serve(environment: Record<string, string>): Started {
  const server = startServer(environment)
  running.push(server.child)
  return server
}

/** A port and a data directory of its own, and the environment for both. */
export async function site(more: Record<string, string> = {}) {
  const port = await freePort()
  return {
    url: `http://127.0.0.1:${port}`,
    environment: { POSTERN_DATA: emptyFolder(), POSTERN_PORT: String(port), ...more },
  }
}

afterAll(removeFolders)
