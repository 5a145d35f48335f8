import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from '../../support/clients/raw-connection.js'

/** Requests that come whether or not the ones before were answered, as those of many clients do. */
export interface OpenLoad {
  readonly port: number
  /** Requests a second; undefined sends the next on each connection when the last was answered. */
  readonly rate: number | undefined
  readonly seconds: number
  /** Of these, so many at the beginning are not measured: a burst is taken before any request is shed. */
  readonly settle?: number
  readonly connections: number
  readonly next: () => Buffer
}

export interface OpenResult {
  readonly sent: number
  /** Due, and not sent, because all connections waited for answers. */
  readonly unsent: number
  readonly statuses: Readonly<Record<string, number>>
  /** Answers 503 without `Retry-After`. */
  readonly unannounced: number
  /** Milliseconds from each request to its answer, of those answered 200, in order. */
  readonly times: readonly number[]
  /** Answers 200 a second. */
  readonly throughput: number
  /** The p99 of the milliseconds that the client was late by itself: an answer waited so long for it. */
  readonly late: number
}

const TICK_MS = 2
const RETRY_AFTER = Buffer.from('\r\nRetry-After: ')

export async function runOpenLoop({
  port,
  rate,
  seconds,
  settle = 0,
  connections,
  next,
}: OpenLoad): Promise<OpenResult> {
  const idle: RawConnection[] = []
  const statuses: Record<string, number> = {}
  const times: number[] = []
  let [open, underWay, sent, unsent, unannounced] = [0, 0, 0, 0, 0]
  const delay = monitorEventLoopDelay({ resolution: TICK_MS })
  const begin = performance.now()
  const from = begin + settle * 1000
  const end = begin + seconds * 1000
  let inTime = 0

  const send = (): boolean => {
    const line = idle.pop() ?? (open < connections ? new RawConnection(port) : undefined)
    if (!line) return false
    if (open < connections && !known.has(line)) {
      known.add(line)
      open++
    }
    underWay++
    const at = performance.now()
    const isMeasured = at >= from
    if (isMeasured) sent++
    line.send(next(), (answer) => {
      underWay--
      const status = answer instanceof Error ? 'broken' : answer.status
      const now = performance.now()
      if (isMeasured) statuses[status] = (statuses[status] ?? 0) + 1
      if (isMeasured && status === 200) times.push(now - at)
      if (status === 200 && now >= from && now < end) inTime++
      if (status === 503 && !(answer instanceof Error) && !answer.bytes.includes(RETRY_AFTER)) unannounced++
      if (line.broken) {
        known.delete(line)
        open--
      } else idle.push(line)
      if (rate === undefined && performance.now() < end) send()
    })
    return true
  }
  const known = new Set<RawConnection>()
  if (rate === undefined) while (open < connections) send()
  for (let due = 0, last = begin; performance.now() < end; ) {
    await sleep(TICK_MS)
    if (performance.now() >= from) delay.enable()
    if (rate === undefined) continue
    const now = performance.now()
    due += (rate * (now - last)) / 1000
    last = now
    for (; due >= 1; due--) if (!send() && now >= from) unsent++
  }
  delay.disable()
  while (underWay > 0) await sleep(TICK_MS)
  for (const line of known) line.close()
  times.sort((a, b) => a - b)
  return {
    sent,
    unsent,
    statuses,
    unannounced,
    times,
    throughput: inTime / (seconds - settle),
    late: delay.percentile(99) / 1e6 - TICK_MS,
  }
}

/** The time within which so many of the answers came; NaN when there were none. */
export function quantile(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
}
