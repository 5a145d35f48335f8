// The load generator, in a process of its own: it takes jobs from its parent, one at a time.
import { randomBytes } from 'node:crypto'
import { RawConnection } from '../../support/clients/raw-connection.js'
import type { Job, Load } from './load-job.js'

process.on('message', (job: Job) => {
  run(job).then(
    (load) => process.send?.(load),
    (error: unknown) => {
      process.stderr.write(`${(error as Error).stack}\n`)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))

async function run(job: Job): Promise<Load> {
  const next = requests(job)
  const times = new Float64Array(job.most)
  const statuses: Record<string, number> = {}
  let answered = 0
  let sent = 0
  const begin = performance.now()
  const end = begin + job.seconds * 1000

  /** Sends one request after the other on one connection; a new connection for one that broke. */
  const drive = (line: RawConnection, done: () => void): void => {
    const request = sent < job.most && performance.now() < end ? next() : undefined
    if (request === undefined) {
      line.close()
      return void done()
    }
    sent++
    const at = performance.now()
    line.send(request, (answer) => {
      const status = answer instanceof Error ? 'broken' : answer.status
      statuses[status] = (statuses[status] ?? 0) + 1
      times[answered++] = performance.now() - at
      drive(line.broken ? new RawConnection(job.port) : line, done)
    })
  }
  const sleepless = stayAwake()
  const lines = Array.from({ length: job.connections }, () => new RawConnection(job.port))
  await Promise.all(lines.map((line) => new Promise<void>((resolve) => drive(line, resolve))))
  sleepless.end()
  const seconds = (performance.now() - begin) / 1000
  const sorted = times.subarray(0, answered).sort()
  const at = (share: number) => sorted[Math.min(answered - 1, Math.floor(answered * share))] ?? 0
  return { answered, seconds, statuses, p50: at(0.5), p99: at(0.99) }
}

/**
 * Keeps this process from sleeping while it waits. The server that answers a sleeping client pays for waking it, which takes as
 * long as a check: a server that keeps the client busy all the time would be spared that, and one that is a little slower
 * charged for it, so that they could not be compared.
 */
function stayAwake(): { end(): void } {
  let isOver = false
  const again = () => {
    if (!isOver) setImmediate(again)
  }
  again()
  return {
    end: () => {
      isOver = true
    },
  }
}

/** The requests of a job, one a call; undefined when there are no more. */
function requests({ request, tokens, once }: Job): () => Buffer | undefined {
  if (tokens === undefined) {
    const only = Buffer.from(request)
    return () => only
  }
  const [before = '', after = ''] = request.split('{token}')
  if (tokens === 'made up') return () => Buffer.from(`${before}${madeUp()}${after}`)
  const ready = tokens.map((token) => Buffer.from(`${before}${token}${after}`))
  let at = 0
  return () => (once && at >= ready.length ? undefined : ready[at++ % ready.length])
}

/** In good form, of a key that the database might have, and has not. */
function madeUp(): string {
  const bytes = randomBytes(32)
  return `gt-${bytes.toString('base64url', 0, 16)}.${bytes.toString('base64url', 16)}`
}
