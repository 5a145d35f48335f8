// A relay to a store whose answers share a line of so many bytes a second, in a process of its own: the client's is busy.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

const TURN_MS = 1
/** Connections share the line as on a network: one packet of each in turn. */
const PACKET_BYTES = 1_460

const target = Number(process.argv[2])
/** Of the answers on all connections together; as fast as they come until it is told. */
let bytesPerSecond = Number.POSITIVE_INFINITY
/** What waits for the line, by the connection on which it goes on. */
const waiting = new Map<Socket, Buffer>()
let allowed = 0
let last = performance.now()

const server = createServer({ noDelay: true }, (incoming) => {
  const outgoing = connect({ port: target, host: '127.0.0.1', noDelay: true })
  incoming.on('data', (chunk) => outgoing.write(chunk)).on('end', () => outgoing.end())
  outgoing.on('data', (chunk) => {
    if (bytesPerSecond === Number.POSITIVE_INFINITY) incoming.write(chunk)
    else waiting.set(incoming, Buffer.concat([waiting.get(incoming) ?? Buffer.alloc(0), chunk]))
  })
  for (const [one, other] of [
    [incoming, outgoing],
    [outgoing, incoming],
  ] as const) {
    one.on('error', () => one.destroy()).on('close', () => other.destroy())
  }
  incoming.on('close', () => waiting.delete(incoming))
})

/** Sends as many packets as the line took in the time since the last turn. */
function turn(): void {
  const now = performance.now()
  allowed += ((now - last) / 1000) * bytesPerSecond
  last = now
  for (const [socket, bytes] of waiting) {
    if (allowed <= 0) return
    const packet = bytes.subarray(0, PACKET_BYTES)
    allowed -= packet.length
    socket.write(packet)
    waiting.delete(socket)
    // Behind the others.
    if (packet.length < bytes.length) waiting.set(socket, bytes.subarray(packet.length))
  }
  // A line on which nothing was to be sent has saved nothing.
  allowed = Math.min(allowed, 0)
}

process.on('message', (rate: number) => {
  bytesPerSecond = rate
  last = performance.now()
  setInterval(turn, TURN_MS)
})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.((server.address() as AddressInfo).port)
