import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { receive } from '../../../server/ingress/door/receive.js'
import { eventually } from '../../support/eventually.js'
import { Wire } from '../cost/support/in-memory.js'
import { useConnections } from './support/open-connection.js'

const openTo = useConnections()

let server: Server
let accepted: Received[]
beforeEach(async () => {
  accepted = []
  server = createServer((socket) => void accepted.push(new Received(socket))).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  for (const { socket } of accepted) socket.destroy()
  server.close()
})

/** What came in on a connection. */
class Received {
  readonly socket: Socket
  readonly end: () => void
  readonly memories = new Set<ArrayBufferLike>()
  text = ''
  constructor(socket: Socket) {
    this.socket = socket
    this.end = receive(socket, (bytes) => {
      this.memories.add(bytes.buffer)
      this.text += bytes.toString()
    })
  }
}

async function openTwo() {
  const { port } = server.address() as AddressInfo
  const clients = [await openTo(port), await openTo(port)] as const
  await eventually(async () => accepted.length === 2)
  const [one, other] = accepted
  if (!one || !other) throw new Error('Nothing was accepted')
  return { clients, one, other }
}

it('reads all sockets into one buffer, and gives each read as far as it goes', async () => {
  const { clients, one, other } = await openTwo()
  clients[0].send('a long text of one client')
  await eventually(async () => one.text !== '')
  clients[1].send('short')
  await eventually(async () => other.text !== '')
  expect([one.text, other.text]).toEqual(['a long text of one client', 'short'])
  // With two, this Node has elsewhere what `onread` says, and the door pays for a buffer of each read.
  expect(new Set([...one.memories, ...other.memories]).size).toBe(1)
})

it('reads nothing of a socket that is paused, and goes on', async () => {
  const { clients, one } = await openTwo()
  one.socket.pause()
  clients[0].send('later')
  await sleep(50)
  expect(one.text).toBe('')
  one.socket.resume()
  await eventually(async () => one.text === 'later')
})

it('says that the other side has ended', async () => {
  const { clients, one } = await openTwo()
  const ended = once(one.socket, 'end')
  clients[0].send('last')
  clients[0].socket.end()
  await ended
  expect(one.text).toBe('last')
})

it('leaves what arrives after its end to the socket, which keeps it', async () => {
  const { clients, one, other } = await openTwo()
  one.end()
  const chunks: Buffer[] = []
  one.socket.on('data', (chunk) => void chunks.push(chunk))
  clients[0].send('kept')
  await eventually(async () => chunks.length > 0)
  clients[1].send('over it')
  await eventually(async () => other.text !== '')
  expect([Buffer.concat(chunks).toString(), one.text]).toEqual(['kept', ''])
})

it('takes the chunks of what is no socket of the kernel', () => {
  const wire = new Wire()
  const texts: string[] = []
  // The part of a socket that a connection in memory has.
  const end = receive(wire as unknown as Socket, (bytes) => void texts.push(bytes.toString()))
  wire.emit('data', Buffer.from('one'))
  end()
  wire.emit('data', Buffer.from('two'))
  wire.destroy()
  expect(texts).toEqual(['one'])
})
