import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP connection's middle, where a test can cut it. */
export interface Relay {
  readonly port: number
  /** The URL that it was started with, by way of this relay. */
  readonly url: string
  /** How many connections have been opened so far. */
  connections(): number
  /** From now on accepts connections and answers nothing, like a process that hangs. */
  hang(): void
  /** From now on refuses connections, and breaks those that are open, like a process that has died. */
  cut(): Promise<void>
  /** Undoes {@link hang} and {@link cut}. */
  mend(): Promise<void>
  stop(): Promise<void>
}

/** Starts a relay to the host and port of a URL, both on loopback. */
export async function startRelay(target: string): Promise<Relay> {
  const url = new URL(target)
  const targetPort = Number(url.port)
  const open = new Set<Socket>()
  let count = 0
  let hanging = false
  const keep = (socket: Socket) => {
    open.add(socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket)))
    return socket
  }
  const server = createServer((incoming) => {
    count += 1
    keep(incoming)
    if (hanging) return
    const outgoing = keep(connect(targetPort, '127.0.0.1'))
    incoming.on('close', () => outgoing.destroy())
    outgoing.on('close', () => incoming.destroy())
    incoming.pipe(outgoing).pipe(incoming)
  })
  const breakAll = () => {
    for (const socket of open) socket.destroy()
  }
  async function listen(port: number): Promise<void> {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  async function cut(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    breakAll()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  url.port = String(port)
  url.hostname = '127.0.0.1'
  return {
    port,
    url: url.href,
    connections: () => count,
    hang: () => {
      hanging = true
      breakAll()
    },
    cut,
    mend: async () => {
      hanging = false
      if (!server.listening) await listen(port)
    },
    stop: cut,
  }
}
