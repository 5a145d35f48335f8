import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform, type TransformCallback } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

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
  /** Breaks the connections that are open by a reset, and takes new ones; only those that `which` picks by what they have sent. */
  reset(which?: (sent: string) => boolean): number
  /** From now on holds back every byte on every connection, like a cable that is out: nothing is closed. */
  stall(): void
  /** From now on lets only a few bytes through at a time, in both directions. */
  drip(): void
  /** From now on leads to another port, like an address that a failover has moved; breaks the connections that are open. */
  lead(port: number): void
  /** Undoes {@link hang}, {@link cut}, {@link stall} and {@link drip}; what was held back arrives. */
  mend(): Promise<void>
  stop(): Promise<void>
}

export interface RelayOptions {
  /** Is shown what clients send, before it goes on; the number tells the connections apart. */
  readonly onSent?: (chunk: Buffer, connection: number) => void
  /** Changes what the server answers, as a broken server would. */
  readonly answer?: (chunk: Buffer) => Buffer
}

/** Enough to tell from a connection's beginning what it is for. */
const REMEMBERED = 4_096
const DRIP = { bytes: 7, everyMs: 2 }

/** Starts a relay to the host and port of a URL, both on loopback. */
export async function startRelay(
  target: string,
  { onSent, answer = (chunk) => chunk }: RelayOptions = {},
): Promise<Relay> {
  const url = new URL(target)
  let targetPort = Number(url.port)
  const open = new Set<Socket>()
  const sentBy = new Map<Socket, string>()
  let count = 0
  let hanging = false
  let dripping = false
  let held: { readonly over: Promise<void>; readonly release: () => void } | undefined
  const keep = (socket: Socket) => {
    open.add(socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket)))
    return socket
  }
  /** Where bytes wait, or come through in drops. */
  const gate = () =>
    new Transform({
      async transform(chunk: Buffer, _encoding, done: TransformCallback) {
        while (held) await held.over
        let rest = chunk
        for (; dripping && rest.length > DRIP.bytes; rest = rest.subarray(DRIP.bytes)) {
          this.push(rest.subarray(0, DRIP.bytes))
          await sleep(DRIP.everyMs)
        }
        done(null, rest)
      },
    })
  const changed = () =>
    new Transform({ transform: (chunk: Buffer, _encoding, done: TransformCallback) => done(null, answer(chunk)) })
  const server = createServer((incoming) => {
    const connection = ++count
    keep(incoming)
    if (hanging) return
    const outgoing = keep(connect(targetPort, '127.0.0.1'))
    sentBy.set(incoming, '')
    incoming.on('data', (chunk) => {
      onSent?.(chunk, connection)
      const before = sentBy.get(incoming) ?? ''
      if (before.length < REMEMBERED) sentBy.set(incoming, before + chunk.toString('latin1'))
    })
    incoming.on('close', () => {
      sentBy.delete(incoming)
      outgoing.destroy()
    })
    outgoing.on('close', () => incoming.destroy())
    incoming.pipe(gate()).pipe(outgoing).pipe(changed()).pipe(gate()).pipe(incoming)
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
  function passOn(): void {
    held?.release()
    held = undefined
    dripping = false
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
    reset: (which = () => true) => {
      const picked = [...sentBy].filter(([, sent]) => which(sent))
      for (const [socket] of picked) socket.resetAndDestroy()
      return picked.length
    },
    stall: () => {
      if (held) return
      let release = () => {}
      const over = new Promise<void>((resolve) => {
        release = resolve
      })
      held = { over, release }
    },
    drip: () => {
      dripping = true
    },
    lead: (to) => {
      targetPort = to
      breakAll()
    },
    mend: async () => {
      hanging = false
      passOn()
      if (!server.listening) await listen(port)
    },
    stop: async () => {
      passOn()
      await cut()
    },
  }
}
