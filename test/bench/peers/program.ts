import path from 'node:path'
import { freePort } from '../../support/run/ports.js'
import { listens, run, startServer, untilReady } from '../../support/run/processes.js'
import { cleanEnvironment } from '../../support/serve.js'
import type { Measured } from '../parts/postern-and-bare.js'
import type { Start } from './contender.js'

/** Starts a peer's program at a free port of loopback, and waits until it listens there. */
export async function startPeer(
  { program, folder, onCpu, atEnd }: Start,
  configure: (port: number) => { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> },
): Promise<Measured> {
  const port = await freePort()
  const { args, env = {} } = configure(port)
  const server = startServer([...onCpu, program, ...args], {
    env: cleanEnvironment({ HOME: folder, ...env }),
    cwd: folder,
    log: path.join(folder, 'log'),
    stopSignal: 'SIGTERM',
  })
  atEnd(() => server.stop())
  await untilReady(server, () => listens(port))
  return { port, pids: [server.pid] }
}

/** The version in the name of a program's folder, as `vouch-proxy-v0.45.1/`, else the one that the program says it has. */
export async function versionOf(program: string, args?: readonly string[]): Promise<string> {
  const [folders] = VERSION.exec(path.basename(path.dirname(program))) ?? []
  if (folders !== undefined) return folders
  const { stdout, stderr } = args === undefined ? NOTHING : await run([program, ...args], { timeout: 10_000 })
  const [said = 'of unknown version'] = VERSION.exec(stdout + stderr) ?? []
  return said
}

/** Not the one of Go, with which it was built. */
const VERSION = /(?<![\d.]|go)\d+\.\d+\.\d+/
const NOTHING = { stdout: '', stderr: '' }
