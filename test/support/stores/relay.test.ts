import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually } from '../eventually.js'
import { type Relay, startRelay } from './relay.js'

/** Says everything back. */
let echo: Server
let relay: Relay
let client: Socket
let heard: string
let sent: string[]

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const { port } = echo.address() as AddressInfo
  sent = []
  relay = await startRelay(`tcp://127.0.0.1:${port}`, { onSent: (chunk) => sent.push(String(chunk)) })
  heard = ''
  client = await open()
  client.on('data', (chunk) => {
    heard += chunk
  })
})
afterEach(async () => {
  client.destroy()
  await relay.stop()
  echo.close()
})

async function open(): Promise<Socket> {
  const socket = connect(relay.port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function untilHeard(text: string): Promise<void> {
  await eventually(() => expect(heard).toBe(text))
}

describe('a relay', () => {
  it('passes on what is said, and shows what clients say', async () => {
    client.write('hello')
    await untilHeard('hello')
    expect(sent.join('')).toBe('hello')
  })

  it('holds everything back while it is stalled, and loses nothing of it', async () => {
    relay.stall()
    client.write('one ')
    client.write('two')
    await sleep(100)
    expect(heard).toBe('')
    await relay.mend()
    await untilHeard('one two')
  })

  it('lets everything through in drops', async () => {
    const long = 'abcdefghij'.repeat(10)
    relay.drip()
    client.write(long)
    await untilHeard(long)
  })

  it('resets the connections that are picked by what they have said, and no others', async () => {
    const other = await open()
    const ended = new Promise((resolve) => other.on('close', resolve))
    other.write('SUBSCRIBE changes')
    client.write('GET token')
    await untilHeard('GET token')
    await eventually(() => sent.join('').includes('SUBSCRIBE'))
    expect(relay.reset((said) => said.includes('SUBSCRIBE'))).toBe(1)
    await ended
    client.write(' again')
    await untilHeard('GET token again')
  })
})
