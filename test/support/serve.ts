import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './run/ports.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface ServeOptions {
  /** A folder for its log and its data. */
  readonly folder: string
  readonly name: string
  readonly port?: number
  /** Settings, as an operator gives them. */
  readonly env: Readonly<Record<string, string>>
  /** Of Node itself: modules to load first, and the like. */
  readonly nodeOptions?: readonly string[]
  /** The compiled server unless another program is named. */
  readonly program?: string
  /** A command that runs it elsewhere, as in a network namespace. */
  readonly within?: readonly string[]
  /** The one CPU that it may use. */
  readonly cpu?: number | undefined
}

/** A server as a process of its own. It cannot outlive us: the kernel ends it when we end. */
export interface Serving {
  readonly name: string
  readonly port: number
  readonly url: string
  pid(): number
  hasEnded(): boolean
  output(): string
  /** Starts it, again if need be, and waits until it listens. */
  start(): Promise<void>
  /** As an operator does. */
  stop(): Promise<void>
  /** As a machine that loses power does. */
  kill(): Promise<void>
}

/** A machine with much else to do has taken more than a minute. */
const START_MS = 180_000

const STARTED = /Postern is at|listening/

/** A server that can be started, stopped, killed and started again, always on the same port. Starts it. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { folder, name, env, nodeOptions = [], program = 'dist/main.js', within = [], cpu } = options
  const port = options.port ?? (await freePort())
  const logFile = path.join(folder, `${name}.log`)
  const settings = { POSTERN_PORT: String(port), POSTERN_DATA: path.join(folder, name), ...env }
  const command = [
    ...['setpriv', '--pdeathsig=KILL'],
    ...within,
    ...(cpu === undefined ? [] : ['taskset', '-c', String(cpu)]),
    ...[process.execPath, ...nodeOptions, program],
  ]
  let child: ChildProcess | undefined
  const hasEnded = () => child === undefined || child.exitCode !== null || child.signalCode !== null
  const output = () => readFileSync(logFile, 'utf8')
  const end = async (signal: NodeJS.Signals) => {
    if (!child || hasEnded()) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  const start = async () => {
    const log = openSync(logFile, 'a')
    const before = output().length
    const [file = '', ...args] = command
    child = spawn(file, args, { cwd: ROOT, env: cleanEnvironment(settings), stdio: ['ignore', log, log] })
    closeSync(log)
    for (const deadline = performance.now() + START_MS; performance.now() < deadline; await pause(15)) {
      if (STARTED.test(output().slice(before))) return
      if (hasEnded()) break
    }
    await end('SIGKILL')
    throw new Error(`${name} did not start:\n${output().slice(before).slice(-4000)}`)
  }
  const serving = {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    pid: () => child?.pid ?? 0,
    hasEnded,
    output,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
  await start()
  return serving
}

/** Nothing of a Postern that the machine may be configured for. */
export function cleanEnvironment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !/^(?:POSTERN_|DATABASE_URL|REDIS_URL|npm_)/.test(name))
  return { ...Object.fromEntries(ours), ...more }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
