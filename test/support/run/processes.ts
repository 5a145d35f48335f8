import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { User } from './unprivileged.js'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly input?: string
  /** Milliseconds; two minutes and a half if not given, since a busy machine has taken more than one. */
  readonly timeout?: number
}

/** Runs a program to its end, which comes by a timeout at the latest, and gives back what it printed and its exit code. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const [program, ...args] = command
  const { input, timeout = 150_000, ...rest } = options
  const child = spawn(program ?? '', args, { ...rest, timeout, killSignal: 'SIGKILL' })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  // A program that refuses does not always read what it is given.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}

/** Like {@link run}, for steps that must succeed. */
export async function runOrFail(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, options)
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
  return stdout
}

export interface ServerOptions {
  /** Whoever runs the tests if not given. */
  readonly user?: User
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Both outputs go here. */
  readonly log: string
  /** Asks this server to stop at once, and is sent to it when the test run itself is killed. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'
}

export interface Server {
  readonly pid: number
  /** What it has printed so far. */
  output(): string
  hasEnded(): boolean
  stop(): Promise<void>
}

/**
 * Starts a server that cannot outlive the test run: the kernel sends it its stop signal when this process dies, however
 * it dies. (It forgets to where the user changes afterwards, so the user is changed first.)
 */
export function startServer(command: readonly string[], options: ServerOptions): Server {
  const log = openSync(options.log, 'a')
  const signal = options.stopSignal.slice('SIG'.length)
  const [program = '', ...args] = [...(options.user?.prefix ?? []), 'setpriv', `--pdeathsig=${signal}`, ...command]
  const child = spawn(program, args, {
    stdio: ['ignore', log, log],
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  closeSync(log)
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    pid: child.pid ?? 0,
    output: () => readFileSync(options.log, 'utf8'),
    hasEnded,
    stop: () => (hasEnded() ? Promise.resolve() : stop(child, options.stopSignal)),
  }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit')
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(impatience)
}

/** Waits until a server is ready. Throws with what it printed when it ends instead, or is not ready in two minutes. */
export async function untilReady(server: Server, isReady: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 120_000; performance.now() < deadline; ) {
    if (server.hasEnded()) break
    if (await isReady()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await server.stop()
  throw new Error(`A server did not start:\n${server.output().slice(-4000)}`)
}

/** Returns whether a port of 127.0.0.1 takes connections. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (takes: boolean) => {
      socket.destroy()
      resolve(takes)
    }
    socket.on('connect', () => end(true)).on('error', () => end(false))
  })
}

/** Whether a GET of this address is answered with success. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined)
  await response?.body?.cancel()
  return response?.ok ?? false
}
