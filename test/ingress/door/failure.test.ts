import type { IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import type { AnswerWriter } from '../../../server/ingress/answer.js'
import { DoorServer } from '../../../server/ingress/door/door-server.js'

/** A connection in memory whose answers are away when a test says so. */
class Wire extends Duplex {
  answered = ''
  isSending = true
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.answered += chunk.toString('latin1')
    if (this.isSending) done()
  }
}

const TIMES = { headersTimeout: 0, keepAliveTimeout: 75_000, connectionsCheckingInterval: 3_600_000 }
let opened: DoorServer[] = []
afterEach(() => {
  for (const server of opened) server.close()
  opened = []
})

/** A door whose whole checks wait, and fail unforeseen on a path. */
function openDoor(): { readonly wire: Wire; readonly server: DoorServer; readonly failures: unknown[] } {
  const failures: unknown[] = []
  const begin = (request: IncomingMessage, response: AnswerWriter) => {
    if (request.url === '/ingress/fails') throw new Error('A defect')
    void setImmediate()
      .then(() => {
        response.writeHead(200, ['X-Path', request.url ?? '', 'Content-Length', '0'])
        response.end()
      })
      .catch((error: unknown) => failures.push(error))
    return true
  }
  const others = { answerAtOnce: () => undefined, shed: () => false, flushLog: () => undefined }
  const ingress = Object.assign(() => false, { begin, ...others })
  const server = new DoorServer(TIMES, () => undefined, { ...TIMES, ingress, proxies: [], isFull: () => false })
  opened.push(server)
  const wire = new Wire()
  server.emit('connection', wire)
  return { wire, server, failures }
}

const check = (path: string) => Buffer.from(`GET /ingress/${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
const turns = async () => {
  for (let count = 0; count < 5; count++) await setImmediate()
}

describe('a connection of the door', () => {
  it('is closed when a check fails unforeseen behind another: the next answer would be taken for its own', async () => {
    const { wire, failures } = openDoor()
    wire.emit('data', Buffer.concat([check('first'), check('fails'), check('third')]))
    await turns()
    expect(wire.answered.match(/X-Path: .*/g)).toEqual(['X-Path: /ingress/first'])
    expect(wire.destroyed).toBe(true)
    expect(failures).toEqual([new Error('A defect')])
  })

  it('is not idle while its last answer has not been sent whole', async () => {
    const { wire, server } = openDoor()
    wire.isSending = false
    wire.emit('data', check('first'))
    await turns()
    server.closeIdleConnections()
    expect(wire.destroyed).toBe(false)
    wire.destroy()
  })

  it('is closed with the idle ones when it has been', async () => {
    const { wire, server } = openDoor()
    wire.emit('data', check('first'))
    await turns()
    server.closeIdleConnections()
    expect(wire.destroyed).toBe(true)
  })
})

const HELLO = { status: 200, head: 'X-User: ada\r\n', body: '' }

it('A head of the door has the date of the second in which it is written, also of an answer that is sent again', () => {
  const { server } = openDoor()
  const dates = ['2027-03-01T12:00:00.999Z', '2027-03-01T12:00:01.001Z', '2027-03-01T13:00:00Z'].map((now) => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.parse(now))
    const [first, again] = [server.headOf(HELLO), server.headOf(HELLO)]
    clock.mockRestore()
    expect(again).toBe(first)
    return first.match(/^Date: .*/m)?.[0]
  })
  expect(dates).toEqual(['12:00:00', '12:00:01', '13:00:00'].map((time) => `Date: Mon, 01 Mar 2027 ${time} GMT`))
})

it('Each answer of the door has its own status and lines, however many there are in a second', () => {
  const { server } = openDoor()
  const answers = Array.from({ length: 1_000 }, (_, n) => ({
    status: n % 2 ? 403 : 200,
    head: `X-N: ${n}\r\n`,
    body: '',
  }))
  for (let time = 0; time < 2; time++)
    for (const [n, answer] of answers.entries())
      expect(server.headOf(answer)).toMatch(`HTTP/1.1 ${n % 2 ? '403 Forbidden' : '200 OK'}\r\nX-N: ${n}\r\nDate: `)
})
