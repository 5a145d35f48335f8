import { createSocket } from 'node:dgram'
import { connect as connectTcp, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'

/** RFC 5424 §6.2.1: facility 13 (log audit), severity 6 (informational). */
const PRIORITY = 13 * 8 + 6
/** A longer message does not fit into a datagram (RFC 5426 §3.2); the rest is cut off. */
const MAX_DATAGRAM_BYTES = 60_000
const TIMEOUT_MS = 10_000

/** IANA's ports: 514 for UDP (RFC 5426), 601 for TCP (RFC 3195), 6514 for TLS (RFC 5425). */
const PORTS: Readonly<Record<string, number>> = { 'syslog+udp:': 514, 'syslog+tcp:': 601, 'syslog+tls:': 6514 }

/** Sends audit events to a syslog server, one message each. */
export async function sendToSyslog(sink: URL, events: readonly string[]): Promise<void> {
  const messages = events.map((event) => Buffer.from(syslogMessage(event, hostname())))
  const host = sink.hostname.replace(/^\[|\]$/g, '')
  const port = sink.port === '' ? (PORTS[sink.protocol] ?? 514) : Number(sink.port)
  if (sink.protocol === 'syslog+udp:') return sendDatagrams(host, port, messages)
  const socket =
    sink.protocol === 'syslog+tls:' ? connectTls({ host, port, servername: host }) : connectTcp({ host, port })
  await sendFramed(socket, messages)
}

/** Formats a message (RFC 5424 §6) whose text is the event as JSON. */
export function syslogMessage(event: string, host: string): string {
  const { '@timestamp': at } = JSON.parse(event) as { readonly '@timestamp': string }
  return `<${PRIORITY}>1 ${at} ${host} postern - audit - ${event}`
}

/** Sends messages by octet counting (RFC 6587 §3.4.1), and waits until the server's side has closed. */
function sendFramed(socket: Socket, messages: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('The syslog server does not answer')))
    socket.once('error', reject)
    socket.once('close', () => resolve())
    // A syslog server sends nothing; without a reader the end of its side would not be noticed.
    socket.resume()
    for (const message of messages) socket.write(Buffer.concat([Buffer.from(`${message.length} `), message]))
    socket.end()
  })
}

async function sendDatagrams(host: string, port: number, messages: readonly Buffer[]): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    for (const message of messages) {
      await new Promise<void>((resolve, reject) => {
        socket.send(message.subarray(0, MAX_DATAGRAM_BYTES), port, host, (error) => (error ? reject(error) : resolve()))
      })
    }
  } finally {
    socket.close()
  }
}
