interface Patience {
  /** Milliseconds until it gives up: a minute, since a process that starts on a busy machine takes as long as it takes. */
  readonly withinMs?: number
  /** Milliseconds between two attempts. */
  readonly everyMs?: number
}

/**
 * Retries until a condition neither throws nor returns false, and returns its value.
 *
 * @throws the condition's last error, or one that quotes a condition that stayed false
 */
export async function eventually<T>(
  condition: () => Promise<T> | T,
  { withinMs = 60_000, everyMs = 20 }: Patience = {},
): Promise<Exclude<T, false>> {
  for (const deadline = performance.now() + withinMs; ; ) {
    let failure: unknown
    try {
      const value = await condition()
      if (value !== false) return value as Exclude<T, false>
      failure = new Error(`Still false after ${withinMs} ms: ${condition}`)
    } catch (error) {
      failure = error
    }
    if (performance.now() > deadline) throw failure
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
