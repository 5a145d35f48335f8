/** The request to shut the server down. */
export interface ShutdownSignal {
  /** Settles with the reason when the server is to shut down. */
  readonly reason: Promise<string>
  stop(reason: string): void
}

const PARENT_POLL_MS = 500
/** npm repeats the Ctrl-C that the terminal has sent to this process as well; an operator's second one comes later. */
const ECHO_MS = 1_000

/**
 * Waits for SIGTERM, SIGINT, or the SIGHUP of a closing terminal. A second signal exits at once. Under `npm start` it also
 * watches npm: a killed npm passes no signal on, and would leave an orphaned server running.
 */
export function waitForShutdown(): ShutdownSignal {
  let stop: (reason: string) => void = () => undefined
  const reason = new Promise<string>((resolve) => {
    stop = resolve
  })
  let first: number | undefined
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (first !== undefined && performance.now() - first > ECHO_MS) process.exit(1)
      first ??= performance.now()
      stop(signal)
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
    stop('npm exited')
  }, PARENT_POLL_MS)
  poll.unref()
}
