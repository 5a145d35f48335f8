import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { OperatorError } from '../../core/operator-error.js'
import { type DrainOptions, PATIENCE_MS } from '../lifecycle/drain.js'
import { HEARTBEAT_MS, type ToPrimary, type ToWorker } from './messages.js'

/** A worker that has served for so long was no failed start. */
const STEADY_MS = 10_000
/** After so many in a row that were not steady, and with nobody left who serves, there is no point in going on. */
const TOO_MANY = 5
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 10_000
/** A worker looks at the schema and connects before it serves, and waits for a store that is slow. */
const START_MS = 90_000
/** What a worker may take to end, beyond its grace and its patience: it writes the last uses. */
const CLOSE_MS = 10_000

/**
 * So many beats without a sound from a worker, and it hangs: connections that are handed to it are answered by nobody.
 * Nothing that a worker does keeps its event loop from going round for a tenth of that.
 */
const MAX_MISSED_HEARTBEATS = 15

interface PooledWorker {
  readonly worker: Worker
  /** Whether it serves; false when it ends before. */
  readonly ready: Promise<boolean>
  readonly ended: Promise<void>
  /** When it began to serve. */
  servedFrom?: number
  /** Beats since it was last heard. Counted, because a machine that slept has not listened either. */
  missedHeartbeats: number
  /** Whether its end is to be made good: not while it is on trial, nor once it was told to leave. */
  isNeeded: boolean
}

export interface WorkerPoolOptions {
  readonly size: number
  /** For how long a worker that leaves answers on the connections that it has, in milliseconds. */
  readonly graceMs: number
  readonly log: Logger
  readonly onFork: (worker: Worker) => void
  /** Called when workers die one after the other and none is left. */
  readonly onGiveUp: (why: OperatorError) => void
}

/**
 * The workers of a primary. One that dies or hangs is replaced; a restart replaces each by a new one that serves before the old one
 * leaves. They share the primary's listening sockets: a connection that a leaving worker does not take goes to another.
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
    // Only who hands out each connection itself can hand one that is refused to another.
    cluster.schedulingPolicy = cluster.SCHED_RR
    this.#heartbeatTimer = setInterval(() => this.#killHung(), HEARTBEAT_MS).unref()
  }

  /** Those who serve. */
  get workers(): readonly Worker[] {
    return [...this.#workers].filter(({ servedFrom }) => servedFrom !== undefined).map(({ worker }) => worker)
  }

  /**
   * Starts the first worker alone, and the others when it serves: what keeps it from starting it says itself, and once is
   * enough.
   *
   * @throws OperatorError when one does not start
   */
  async start(): Promise<void> {
    for (const count of [1, this.#options.size - 1]) {
      const members = Array.from({ length: count }, () => this.#fork())
      const started = await Promise.all(members.map(({ ready }) => ready))
      if (started.includes(false)) throw new OperatorError('A worker did not start.', 'What it said is the cause.')
      for (const member of members) this.#adopt(member)
    }
  }

  /** Replaces the workers one after the other; by new code and settings, if there are any. */
  async restart(): Promise<void> {
    const { log } = this.#options
    if (this.#restarting || this.#stopping) return
    this.#restarting = true
    log.info('Restarting the workers')
    let whole = true
    for (const old of [...this.#workers]) whole &&= await this.#replace(old)
    this.#restarting = false
    const workers = this.workers.map(({ id }) => id)
    if (whole) log.info({ workers }, 'Restarted the workers')
    else if (!this.#stopping) log.error({ workers }, 'A new worker did not start: the old ones go on')
  }

  /** Ends them all, and those at once who do not serve yet. */
  async stop(farewell: DrainOptions): Promise<void> {
    this.#stopping = true
    clearInterval(this.#heartbeatTimer)
    await Promise.all([...this.#workers].map((member) => this.#stopWorker(member, farewell)))
  }

  /** False when the new worker does not come to serve. */
  async #replace(old: PooledWorker): Promise<boolean> {
    if (this.#stopping) return false
    // It died, and has been replaced.
    if (!this.#workers.has(old)) return true
    const fresh = this.#fork()
    const late = setTimeout(() => fresh.worker.process.kill('SIGKILL'), START_MS)
    const ready = await fresh.ready
    clearTimeout(late)
    if (!ready || this.#stopping) return false
    this.#adopt(fresh)
    await this.#stopWorker(old, { graceMs: this.#options.graceMs, listening: false })
    return true
  }

  async #stopWorker(member: PooledWorker, farewell: DrainOptions): Promise<void> {
    const { worker } = member
    member.isNeeded = false
    if (member.servedFrom === undefined) worker.process.kill('SIGKILL')
    else send(worker, { tell: 'stop', farewell })
    const impatient = setTimeout(() => worker.process.kill('SIGKILL'), farewell.graceMs + PATIENCE_MS + CLOSE_MS)
    await member.ended
    clearTimeout(impatient)
  }

  #fork(): PooledWorker {
    const { log, onFork } = this.#options
    const worker = cluster.fork()
    onFork(worker)
    const { pid } = worker.process
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', (code, signal) => {
        this.#workers.delete(member)
        log[member.isNeeded ? 'error' : 'info']({ worker: worker.id, pid, code, signal }, 'A worker ended')
        if (member.isNeeded) void this.#replaceDead(member)
        resolve()
      })
    })
    const served = new Promise<boolean>((resolve) => {
      worker.on('message', (message: ToPrimary) => {
        member.missedHeartbeats = 0
        if (message.tell !== 'ready') return
        member.servedFrom = performance.now()
        log.info({ worker: worker.id, pid }, 'A worker serves')
        resolve(true)
      })
    })
    const ready = Promise.race([served, ended.then(() => false)])
    const member: PooledWorker = { worker, ready, ended, missedHeartbeats: 0, isNeeded: false }
    this.#workers.add(member)
    return member
  }

  /** Those who leave have a limit of their own. */
  #killHung(): void {
    for (const member of this.#workers) {
      if (!member.isNeeded || ++member.missedHeartbeats <= MAX_MISSED_HEARTBEATS) continue
      const { id, process } = member.worker
      this.#options.log.error({ worker: id, pid: process.pid }, 'A worker hangs and is ended')
      process.kill('SIGKILL')
    }
  }

  /** From now on this worker is one of the crew. */
  #adopt(member: PooledWorker): void {
    member.isNeeded = true
    if (!this.#workers.has(member)) void this.#replaceDead(member)
  }

  /** Replaces a worker that died: at once, and with longer and longer pauses where that does not help. */
  async #replaceDead({ servedFrom }: PooledWorker): Promise<void> {
    const steady = servedFrom !== undefined && performance.now() - servedFrom > STEADY_MS
    this.#shortLived = steady ? 0 : this.#shortLived + 1
    if (this.#shortLived >= TOO_MANY && this.workers.length === 0) {
      return this.#options.onGiveUp(
        new OperatorError(
          `${this.#shortLived} workers have died one after the other, and none is left.`,
          'What they said is the cause.',
        ),
      )
    }
    await sleep(steady ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** this.#shortLived, MAX_PAUSE_MS))
    if (!this.#stopping) this.#adopt(this.#fork())
  }
}

/** A worker that has just died hears nothing, and its end is told by other means. */
export function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined)
}
