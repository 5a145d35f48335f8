import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { OperatorError } from '../../core/operator-error.js'
import { type DrainOptions, FINISH_TIMEOUT_MS } from '../lifecycle/drain.js'
import { HEARTBEAT_MS, type ToPrimary, type ToWorker } from './messages.js'

/** A worker that served for this long did not fail at its start. */
const STEADY_MS = 10_000
/** After so many short-lived workers in a row, with none left that serves, the pool gives up. */
const MAX_SHORT_LIVED = 5
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 10_000
/** A worker checks the schema and connects before it serves, and waits for a slow store. */
const START_TIMEOUT_MS = 90_000
/** Time for a worker to flush its last-used records and exit, after its connections are closed. */
const CLOSE_TIMEOUT_MS = 10_000

/**
 * A worker that misses so many heartbeats hangs: connections handed to it are never answered. No operation of a worker
 * blocks its event loop for a tenth of that.
 */
const MAX_MISSED_HEARTBEATS = 15

interface PooledWorker {
  readonly worker: Worker
  /** Whether it serves; false when it exits before. */
  readonly ready: Promise<boolean>
  readonly exited: Promise<void>
  /** When it began to serve. */
  servedFrom?: number
  /** Heartbeats missed since its last message. Counted, not timed: after a suspend no time for messages has passed. */
  missedHeartbeats: number
  /** Whether it is replaced when it dies: not before it was adopted, nor after it was asked to stop. */
  isNeeded: boolean
}

export interface WorkerPoolOptions {
  readonly size: number
  /** How long a worker that is being replaced answers on its open connections, in milliseconds. */
  readonly graceMs: number
  readonly log: Logger
  readonly onFork: (worker: Worker) => void
  /** Called when worker after worker dies and none is left. */
  readonly onGiveUp: (reason: OperatorError) => void
}

/**
 * Runs the worker processes of a primary. A worker that dies or hangs is replaced. A restart starts each new worker before
 * the old one stops, so capacity never drops. The workers share the primary's listening sockets: a connection that a
 * stopping worker does not accept goes to another.
 *
 * Own code, because process managers (pm2) restart by time and signal: none hands over when the new worker is ready, keeps
 * the totals of exited workers, or drains connections within the operator's grace.
 */
export class WorkerPool {
  readonly #workers = new Set<PooledWorker>()
  readonly #options: WorkerPoolOptions
  readonly #heartbeatTimer: NodeJS.Timeout
  #shortLived = 0
  #stopping = false
  #restarting = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    // Only with round-robin does the primary accept connections itself, so that it can pass a refused one to another worker.
    cluster.schedulingPolicy = cluster.SCHED_RR
    this.#heartbeatTimer = setInterval(() => this.#killHung(), HEARTBEAT_MS).unref()
  }

  /** The workers that serve. */
  get workers(): readonly Worker[] {
    return [...this.#workers].filter(({ servedFrom }) => servedFrom !== undefined).map(({ worker }) => worker)
  }

  /**
   * Starts the first worker alone, and the others once it serves: a worker prints the reason of a failed start, and once is
   * enough.
   *
   * @throws {OperatorError} when a worker does not start
   */
  async start(): Promise<void> {
    for (const count of [1, this.#options.size - 1]) {
      const starting = Array.from({ length: count }, () => this.#fork())
      const ready = await Promise.all(starting.map((each) => each.ready))
      if (ready.includes(false)) throw new OperatorError('A worker did not start.', 'Its own error is above.')
      for (const pooled of starting) this.#adopt(pooled)
    }
  }

  /** Replaces the workers one after the other, which then run new code and settings. */
  async restart(): Promise<void> {
    const { log } = this.#options
    if (this.#restarting || this.#stopping) return
    this.#restarting = true
    log.info('Restarting workers')
    let replacedAll = true
    for (const old of [...this.#workers]) replacedAll &&= await this.#replace(old)
    this.#restarting = false
    const workers = this.workers.map(({ id }) => id)
    if (replacedAll) log.info({ workers }, 'Workers restarted')
    else if (!this.#stopping) log.error({ workers }, 'Worker restart failed; old workers kept')
  }

  /** Stops all workers; those that do not serve yet are killed. */
  async stop(drain: DrainOptions): Promise<void> {
    this.#stopping = true
    clearInterval(this.#heartbeatTimer)
    await Promise.all([...this.#workers].map((pooled) => this.#stopWorker(pooled, drain)))
  }

  /** @returns false when the new worker does not come to serve */
  async #replace(old: PooledWorker): Promise<boolean> {
    if (this.#stopping) return false
    // It died meanwhile, and was replaced.
    if (!this.#workers.has(old)) return true
    const replacement = this.#fork()
    const startTimer = setTimeout(() => replacement.worker.process.kill('SIGKILL'), START_TIMEOUT_MS)
    const ready = await replacement.ready
    clearTimeout(startTimer)
    if (!ready || this.#stopping) return false
    this.#adopt(replacement)
    await this.#stopWorker(old, { graceMs: this.#options.graceMs, listening: false })
    return true
  }

  async #stopWorker(pooled: PooledWorker, drain: DrainOptions): Promise<void> {
    const { worker } = pooled
    pooled.isNeeded = false
    if (pooled.servedFrom === undefined) worker.process.kill('SIGKILL')
    else send(worker, { kind: 'stop', drain })
    const limitMs = drain.graceMs + FINISH_TIMEOUT_MS + CLOSE_TIMEOUT_MS
    const killTimer = setTimeout(() => worker.process.kill('SIGKILL'), limitMs)
    await pooled.exited
    clearTimeout(killTimer)
  }

  #fork(): PooledWorker {
    const { log, onFork } = this.#options
    const worker = cluster.fork()
    onFork(worker)
    const { pid } = worker.process
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', (code, signal) => {
        this.#workers.delete(pooled)
        log[pooled.isNeeded ? 'error' : 'info']({ worker: worker.id, pid, code, signal }, 'Worker exited')
        if (pooled.isNeeded) void this.#replaceDead(pooled)
        resolve()
      })
    })
    const served = new Promise<boolean>((resolve) => {
      worker.on('message', (message: ToPrimary) => {
        pooled.missedHeartbeats = 0
        if (message.kind !== 'ready') return
        pooled.servedFrom = performance.now()
        log.info({ worker: worker.id, pid }, 'Worker ready')
        resolve(true)
      })
    })
    const ready = Promise.race([served, exited.then(() => false)])
    const pooled: PooledWorker = { worker, ready, exited, missedHeartbeats: 0, isNeeded: false }
    this.#workers.add(pooled)
    return pooled
  }

  /** A stopping worker is not needed any more, and has a time limit of its own. */
  #killHung(): void {
    for (const pooled of this.#workers) {
      if (!pooled.isNeeded || ++pooled.missedHeartbeats <= MAX_MISSED_HEARTBEATS) continue
      const { id, process } = pooled.worker
      this.#options.log.error({ worker: id, pid: process.pid }, 'Worker hung; killed')
      process.kill('SIGKILL')
    }
  }

  /** Makes a worker part of the pool: from now on it is replaced when it dies. */
  #adopt(pooled: PooledWorker): void {
    pooled.isNeeded = true
    if (!this.#workers.has(pooled)) void this.#replaceDead(pooled)
  }

  /** Replaces a dead worker: at once, or after a pause that doubles while workers are short-lived. */
  async #replaceDead({ servedFrom }: PooledWorker): Promise<void> {
    const steady = servedFrom !== undefined && performance.now() - servedFrom > STEADY_MS
    this.#shortLived = steady ? 0 : this.#shortLived + 1
    if (this.#shortLived >= MAX_SHORT_LIVED && this.workers.length === 0) {
      const message = `${this.#shortLived} workers have died one after the other, and none is left.`
      return this.#options.onGiveUp(new OperatorError(message, 'Their own errors are above.'))
    }
    await sleep(steady ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** this.#shortLived, MAX_PAUSE_MS))
    if (!this.#stopping) this.#adopt(this.#fork())
  }
}

/** Sends a message; ignores a worker that has just died, whose exit event follows. */
export function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined)
}
