/** Somebody wants the server to stop. */
export interface ShutdownSignal {
  /** Settles, with the reason, when the server is to stop. */
  readonly reason: Promise<string>
  stop(reason: string): void
}

const PARENT_POLL_MS = 500
/** npm passes on the Ctrl-C that the terminal has sent to us as well; nobody's second thought comes as soon. */
const ECHO_MS = 1_000

/**
 * Waits for SIGTERM, SIGINT, or SIGHUP, which a terminal that is closed sends. One more, a while later, ends the process at once. npm that is killed does not pass it on, and
 * would leave us running without anybody who knows of it: started by npm, we end with it.
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
    stop('npm has ended')
  }, PARENT_POLL_MS)
  poll.unref()
}
