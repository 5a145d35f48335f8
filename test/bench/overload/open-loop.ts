import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, RawConnection } from '../../support/clients/raw-connection.js'

/** Requests that come whether or not the ones before were answered, as those of many clients do. */
export interface OpenLoad {
  readonly port: number
  /** Requests a second; undefined sends the next on each connection when the last was answered. */
  readonly rate: number | undefined
  /** The seconds of each phase, one after the other. */
  readonly phases: readonly number[]
  readonly connections: number
  readonly next: () => Buffer
}

/** What came of the requests that were sent in a phase. */
export interface OpenResult {
  readonly sent: number
  /** Due, and not sent, because all connections waited for answers. */
  readonly unsent: number
  readonly statuses: Readonly<Record<string, number>>
  /** Answers 503 without `Retry-After`. */
  readonly unannounced: number
  /** Answers of `/health` by which the process bypasses its cache, as when a busy machine keeps it from hearing a heartbeat. */
  readonly bypassed: number
  /** Milliseconds from each request to its answer, of those answered 200, in order. */
  readonly times: readonly number[]
  /** Answers 200 a second. */
  readonly throughput: number
  /** The p99 of the milliseconds that the client was late by itself: an answer waited so long for it. */
  readonly late: number
}

class Phase {
  readonly #delay = monitorEventLoopDelay({ resolution: TICK_MS })
  readonly statuses: Record<string, number> = {}
  readonly times: number[] = []
  sent = 0
  unsent = 0
  unannounced = 0
  bypassed = 0
  /** Answers 200 within it. */
  inTime = 0

  begin(): void {
    this.#delay.enable()
  }

  end(): void {
    this.#delay.disable()
  }

  note(answer: Answer | Error, milliseconds: number): void {
    const status = answer instanceof Error ? 'broken' : answer.status
    this.statuses[status] = (this.statuses[status] ?? 0) + 1
    if (answer instanceof Error) return
    if (answer.status === 200) this.times.push(milliseconds)
    if (answer.status === 503 && !answer.bytes.includes(RETRY_AFTER)) this.unannounced++
    if (answer.bytes.includes(BYPASSED)) this.bypassed++
  }

  result(seconds: number): OpenResult {
    const { sent, unsent, statuses, unannounced, bypassed, inTime } = this
    const times = this.times.sort((a, b) => a - b)
    const late = this.#delay.percentile(99) / 1e6 - TICK_MS
    return { sent, unsent, statuses, unannounced, bypassed, times, throughput: inTime / seconds, late }
  }
}

const TICK_MS = 2
const CONNECT_TOGETHER = 50
const BYPASSED = Buffer.from('"memory":"bypassed"')
const RETRY_AFTER = Buffer.from('\r\nRetry-After: ')

/** Sends requests; returns what came of those of each phase. */
export async function runOpenLoop({ port, rate, phases, connections, next }: OpenLoad): Promise<OpenResult[]> {
  const idle: RawConnection[] = []
  const known = new Set<RawConnection>()
  const results = phases.map(() => new Phase())
  let [underWay, isOver] = [0, false]
  let phase: Phase | undefined

  const send = (): boolean => {
    // Each in turn: one that asks nothing for long is closed.
    const line = idle.shift() ?? (known.size < connections ? new RawConnection(port) : undefined)
    if (!line) return false
    known.add(line)
    underWay++
    const at = performance.now()
    const sentIn = phase
    if (sentIn) sentIn.sent++
    line.send(next(), (answer) => {
      underWay--
      sentIn?.note(answer, performance.now() - at)
      if (phase && !(answer instanceof Error) && answer.status === 200) phase.inTime++
      if (line.broken) known.delete(line)
      else idle.push(line)
      if (rate === undefined && !isOver) send()
    })
    return true
  }
  // All at once would be more than the listener's queue takes, and what comes back after a second or more is no answer's time.
  for (; rate !== undefined && known.size < connections; await sleep(TICK_MS * 5)) {
    for (let some = Math.min(CONNECT_TOGETHER, connections - known.size); some > 0; some--) {
      const line = new RawConnection(port)
      known.add(line)
      idle.push(line)
    }
  }
  let last = performance.now()
  let [end, due] = [last, 0]
  for (const [at, seconds] of phases.entries()) {
    phase = results[at]
    phase?.begin()
    end += seconds * 1000
    if (at === 0 && rate === undefined) while (known.size < connections) send()
    while (performance.now() < end) {
      await sleep(TICK_MS)
      if (rate === undefined) continue
      const now = performance.now()
      due += (rate * (now - last)) / 1000
      last = now
      for (; due >= 1; due--) if (!send() && phase) phase.unsent++
    }
    phase?.end()
  }
  phase = undefined
  isOver = true
  while (underWay > 0) await sleep(TICK_MS)
  for (const line of known) line.close()
  return results.map((each, at) => each.result(phases[at] ?? Number.NaN))
}

/** The time within which so many of the answers came; NaN when there were none. */
export function quantile(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
}
