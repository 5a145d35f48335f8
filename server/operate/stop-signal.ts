/** Somebody wants the server to stop. */
export interface StopSignal {
  /** Settles, with the reason, when the server is to stop. */
  readonly reason: Promise<string>
  stop(reason: string): void
}

const PARENT_POLL_MS = 500

/**
 * Waits for SIGTERM or SIGINT. A second one ends the process at once. npm that is killed does not pass it on, and would
 * leave us running without anybody who knows of it: started by npm, we end with it.
 */
export function untilToldToStop(): StopSignal {
  let stop: (reason: string) => void = () => undefined
  const reason = new Promise<string>((resolve) => {
    stop = resolve
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop(signal)
      process.once(signal, () => process.exit(1))
    })
  }
  if (process.env.npm_lifecycle_event === 'start') watchParent(stop)
  return { reason, stop }
}

function watchParent(stop: (reason: string) => void): void {
  const parent = process.ppid
  const poll = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(poll)
    stop('npm has ended')
  }, PARENT_POLL_MS)
  poll.unref()
}
