import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { giveToFolderOwner } from './atomic-file.js'
import { startOf } from './process-identity.js'
import type { ServerUser } from './server-user.js'

const STOP_BOUND_MS = 10_000
const WATCH_MS = 1_000
const POLL_MS = 10

/** The process of a PostgreSQL or Redis, started or adopted. */
export interface ServerProcess {
  pid: number
  adopted: boolean
  /** How it exited, as in "exit code 1"; undefined while it runs. */
  ended(): string | undefined
  onEnd(listener: (how: string) => void): void
}

export interface ServerCommand {
  file: string
  args: readonly string[]
  /** Receives both outputs. Not a pipe: after a `kill -9` of Postern the server goes on running and logging. */
  logFile: string
  user?: ServerUser | undefined
}

/** Attack: Postern's own environment holds POSTERN_SECRET, and the servers may run as a user that other processes share. */
export const serverEnvironment = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' }

/** Starts a server in its own session, so that Ctrl-C reaches only Postern, which stops its servers in order. */
export function spawnServer({ file, args, logFile, user }: ServerCommand): ServerProcess {
  const log = newLog(logFile)
  const child = spawn(file, args, {
    ...user,
    cwd: '/',
    env: serverEnvironment,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()

  let end = child.pid === undefined ? 'it cannot be run' : undefined
  const listeners: ((how: string) => void)[] = []
  const finish = (how: string) => {
    if (end !== undefined) return
    end = how
    for (const listener of listeners) listener(how)
  }
  child.once('error', (error) => finish(error.message))
  child.once('exit', (code, signal) => finish(signal ? `signal ${signal}` : `exit code ${code}`))
  return { pid: child.pid ?? 0, adopted: false, ended: () => end, onEnd: (listener) => listeners.push(listener) }
}

function newLog(file: string): number {
  rmSync(file, { force: true })
  const log = openSync(file, 'wx', 0o600)
  giveToFolderOwner(file)
  return log
}

/** Adopts a server that a killed Postern left running. It is not a child process, so its exit is polled. */
export function adoptServer(pid: number): ServerProcess {
  const started = startOf(pid)
  const ended = () => (started !== undefined && startOf(pid) === started ? undefined : 'an unknown cause')
  return {
    pid,
    adopted: true,
    ended,
    onEnd(listener) {
      const watch = setInterval(() => {
        const how = ended()
        if (how === undefined) return
        clearInterval(watch)
        listener(how)
      }, WATCH_MS).unref()
    },
  }
}

/** Stops a server with each signal in turn, and SIGKILL last. Resolves when it has exited. */
export async function stopServer(server: ServerProcess, signals: readonly NodeJS.Signals[]): Promise<void> {
  for (const signal of [...signals, 'SIGKILL'] as const) {
    if (server.ended() !== undefined) return
    try {
      process.kill(server.pid, signal)
    } catch {
      // It has just exited.
    }
    const deadline = Date.now() + STOP_BOUND_MS
    while (server.ended() === undefined && Date.now() < deadline) await sleep(POLL_MS)
  }
}

/** Returns the last lines of a server's log, for the error of a failed start. */
export function logTail(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').trim().split('\n').slice(-8).join('\n')
  } catch {
    return ''
  }
}
