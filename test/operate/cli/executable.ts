import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface Started {
  readonly child: ChildProcess
  /** All that it has printed, on both streams. */
  output(): string
  /** Waits until it has printed something; fails when it ends without. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Waits for its end; its exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals | null>
}

type Environment = Readonly<Record<string, string>>

/** What every program of these tests inherits: nothing of a Postern that the machine may be configured for. */
function cleanEnvironment(more: Environment): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !/^(?:POSTERN_|DATABASE_URL|REDIS_URL|npm_)/.test(name))
  return { ...Object.fromEntries(ours), ...more }
}

export function start(command: readonly string[], environment: Environment, input?: string): Started {
  const [program = '', ...args] = command
  const child = spawn(program, args, { env: cleanEnvironment(environment), stdio: 'pipe' })
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const listener of listeners) listener()
    })
  }
  child.stdin?.end(input)
  const closed = once(child, 'close')
  return {
    child,
    output: () => output,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output)
          if (!found) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        void closed.then(() => reject(new Error(`It ended without saying ${pattern}:\n${output}`)))
        look()
      }),
    ended: async () => {
      const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null]
      return code ?? signal
    },
  }
}

/** The server, as `npm start` runs it once everything is built. */
export const startServer = (environment: Environment) => start([process.execPath, 'dist/main.js'], environment)

/** The command line, run to its end. */
export async function postern(environment: Environment, args: readonly string[], input?: string) {
  const run = start([process.execPath, 'server/operate/cli/postern.mjs', ...args], environment, input)
  const code = await run.ended()
  return { code, output: run.output() }
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; only whoever reaps it is slow.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const folders: string[] = []

/** A data folder that is not there yet, in one that PostgreSQL's own user can enter; {@link removeFolders} takes both away. */
export function emptyFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-program-'))
  chmodSync(folder, 0o711)
  folders.push(folder)
  return path.join(folder, 'data')
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}
