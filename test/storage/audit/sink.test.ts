import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from '@jest/globals'
import { sendToSink } from '../../../server/operate/audit/sink.js'
import { chainEvents } from '../../../server/operate/jobs/audit.js'
import { eventually } from '../../support/eventually.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern
const closers: (() => unknown)[] = []

afterEach(async () => {
  await postern.stop()
  for (const close of closers.splice(0)) close()
})

async function posternWith(audit: object): Promise<number> {
  postern = await startPostern({ settings: { audit } })
  await postern.account('ada')
  await postern.account('bob')
  return chainEvents(postern.context)
}

/** An HTTP sink that answers with a status, and keeps what it was sent. */
async function httpSink() {
  const received: { readonly body: string; readonly authorization: string | undefined }[] = []
  const sink = { status: 200, received, url: '' }
  const server = createHttp(async (request, response) => {
    received.push({ body: await text(request), authorization: request.headers.authorization })
    response.writeHead(sink.status, { Location: '/elsewhere' }).end()
  }).listen(0, '127.0.0.1')
  closers.push(() => server.close())
  await once(server, 'listening')
  sink.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ingest`
  return sink
}

const ids = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).event.id as string)

describe('the sink of audit events', () => {
  it('by HTTP gets each event once, as JSON lines, with its token', async () => {
    const sink = await httpSink()
    const chained = await posternWith({ sink: sink.url, sinkToken: 'collector-key' })
    expect(await sendToSink(postern.context)).toBe(chained)
    expect(await sendToSink(postern.context)).toBe(0)
    expect(sink.received).toHaveLength(1)
    expect(sink.received[0]?.authorization).toBe('Bearer collector-key')
    expect(new Set(ids(sink.received[0]?.body ?? '')).size).toBe(chained)
  })

  it.each([503, 302])('that answers %i gets the same events again', async (status) => {
    const sink = await httpSink()
    const chained = await posternWith({ sink: sink.url })
    sink.status = status
    await expect(sendToSink(postern.context)).rejects.toThrow()
    sink.status = 200
    expect(await sendToSink(postern.context)).toBe(chained)
    expect(sink.received.map(({ body }) => body)).toEqual([sink.received[0]?.body, sink.received[0]?.body])
  })

  it('by syslog over TCP gets framed messages of RFC 5424', async () => {
    const received: string[] = []
    const server = createTcp(async (socket) => void received.push(await text(socket))).listen(0, '127.0.0.1')
    closers.push(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const chained = await posternWith({ sink: `syslog+tcp://127.0.0.1:${port}` })
    expect(await sendToSink(postern.context)).toBe(chained)
    await eventually(async () => received.length > 0)
    const [, length, first] = /^(\d+) ([\s\S]*)$/.exec(received[0] ?? '') ?? []
    const message = first?.slice(0, Number(length)) ?? ''
    expect(message).toMatch(/^<110>1 \d{4}-\d\d-\d\dT[\d:]+Z \S+ postern - audit - \{.*\}$/)
    expect(JSON.parse(message.slice(message.indexOf('{')))).toMatchObject({ event: { action: 'account.create' } })
    expect(received[0]?.match(/<110>1 /g)).toHaveLength(chained)
  })

  it('by syslog over UDP gets a datagram for each event', async () => {
    const received: string[] = []
    const socket = createSocket('udp4', (message) => void received.push(message.toString()))
    closers.push(() => socket.close())
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const chained = await posternWith({ sink: `syslog+udp://127.0.0.1:${socket.address().port}` })
    expect(await sendToSink(postern.context)).toBe(chained)
    await eventually(async () => received.length === chained)
    expect(received[0]).toMatch(/^<110>1 .* postern - audit - \{/)
  })

  it('that does not answer loses nothing: the events wait', async () => {
    const sink = await httpSink()
    const chained = await posternWith({ sink: 'syslog+tcp://127.0.0.1:9' })
    await expect(sendToSink(postern.context)).rejects.toThrow()
    const context = {
      ...postern.context,
      settings: { ...postern.context.settings, audit: { ...postern.context.settings.audit, sink: new URL(sink.url) } },
    }
    expect(await sendToSink(context)).toBe(chained)
  })
})
