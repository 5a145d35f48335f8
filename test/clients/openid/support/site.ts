import { createServer, request, type Server } from 'node:http'
import { type RunningPostern, startPostern } from '../../../support/postern.js'
import { freePort } from '../../../support/run/ports.js'
import { freshDatabase, freshRedis } from '../../../support/stores/stores.js'

/** A site of two processes behind one address, as behind a load balancer. */
export interface TwoProcesses {
  readonly url: string
  readonly here: RunningPostern
  readonly there: RunningPostern
  /** Puts the clocks of both forward. */
  advance(seconds: number): void
  stop(): Promise<void>
}

/** Starts two processes on the same stores, and before them a proxy that sends each request to the other one. */
export async function startTwoProcesses(settings: Readonly<Record<string, unknown>> = {}): Promise<TwoProcesses> {
  const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis(), secret: 'x'.repeat(32) }
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const here = await startPostern({ ...stores, baseUrl: url, settings: { oidcServer: { enabled: true }, ...settings } })
  const there = await startPostern({ ...stores, loaded: here.context.settings })
  const proxy = await alternate(port, [here.port, there.port])
  return {
    url,
    here,
    there,
    advance: (seconds) => {
      for (const { advance } of [here, there]) advance(seconds)
    },
    stop: async () => {
      proxy.closeAllConnections()
      await new Promise((resolve) => proxy.close(resolve))
      await there.stop()
      await here.stop()
    },
  }
}

/** So that what one process has given is shown to the other. */
async function alternate(port: number, targets: readonly number[]): Promise<Server> {
  let turn = 0
  const server = createServer((asked, answer) => {
    const { method, url, headers } = asked
    const onward = request({ host: '127.0.0.1', port: targets[turn++ % targets.length], method, path: url, headers })
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders)
      response.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}
