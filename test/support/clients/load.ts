import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Load {
  /** How many requests have been answered so far. */
  answered(): number
  /** Lets the clients finish what they are at. What was not answered 200, in words. */
  stop(): Promise<readonly string[]>
}

const CLIENTS = 4
/** Between two requests of a client: the tests share the machine. */
const PAUSE_MS = 2
const AT_MOST = 20_000

/** A few clients that keep their connections, and ask for one thing again and again, and never try twice. */
export function startLoad(url: string, headers: Readonly<Record<string, string>>): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS, scheduling: 'fifo' })
  const problems: string[] = []
  let answered = 0
  let stopping = false

  const ask = () =>
    new Promise<void>((resolve) => {
      const failed = (what: string) => resolve(void problems.push(what))
      get(url, { agent, headers }, (response) => {
        response.resume().on('error', (error) => failed(`broken off: ${error.message}`))
        response.on('end', () => {
          answered += 1
          if (response.statusCode === 200) resolve()
          else failed(`status ${response.statusCode}`)
        })
      }).on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? error.message))
    })
  const client = async () => {
    while (!stopping && answered + problems.length < AT_MOST) {
      await ask()
      await sleep(PAUSE_MS)
    }
  }
  const clients = Array.from({ length: CLIENTS }, client)
  return {
    answered: () => answered,
    async stop() {
      stopping = true
      await Promise.all(clients)
      agent.destroy()
      return problems
    },
  }
}
