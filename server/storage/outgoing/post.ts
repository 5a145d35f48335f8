const TIMEOUT_MS = 5_000
/** How long a stopping process goes on sending. */
const STOP_MS = 5_000

/** A message to a server of the site. */
export interface Message {
  readonly url: string | URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Posts a message, again after each pause until it is taken.
 *
 * @returns whether it was taken. An error is not returned: it may quote the URL, which may be a secret
 */
export async function postWithRetries(message: Message, pausesMs: readonly number[]): Promise<boolean> {
  for (const pause of [0, ...pausesMs]) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause).unref())
    if (await post(message)) return true
  }
  return false
}

async function post({ url, headers, body }: Message): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      // Attack: a redirect would send the message and its credential elsewhere.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

/** Waits for what a stopping process is sending, for seconds at most. */
export async function lastWords(sending: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, STOP_MS)
  })
  await Promise.race([sending, timeout])
  clearTimeout(timer)
}
