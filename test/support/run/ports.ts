import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that systems give to connections on their way out (from 32768 on Linux): one of those could be somebody's
 * by the time that the server is started which it is for.
 */
const [FIRST, LAST] = [10_000, 32_000]

/** A port of 127.0.0.1 that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST)
    const server = createServer()
    const isFree = await new Promise<boolean>((tell) => {
      server.once('error', () => tell(false))
      server.listen(port, '127.0.0.1', () => tell(true))
    })
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
