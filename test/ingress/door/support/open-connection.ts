import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach } from '@jest/globals'

/** A connection of a client that writes what it likes, when it likes. */
export interface OpenConnection {
  readonly socket: Socket
  send(text: string): void
  /** All that came so far. */
  answered(): string
}

/** Returns how a test opens a connection to a port; all are closed after it. */
export function useConnections(): (port: number) => Promise<OpenConnection> {
  let sockets: Socket[] = []
  afterEach(() => {
    for (const socket of sockets) socket.destroy()
    sockets = []
  })
  return async (port) => {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => socket.destroy())
    let all = ''
    socket.on('data', (chunk) => {
      all += chunk.toString('latin1')
    })
    await once(socket, 'connect')
    return { socket, send: (text) => void socket.write(text, 'latin1'), answered: () => all }
  }
}

/** The header lines of a check as nginx asks it. */
export const ASKED = [
  'Host: data.example.org',
  'X-Original-URL: https://data.example.org/tap/sync',
  'X-Original-Method: GET',
]

/** Writes the head of such a check, with more lines. */
export function headOf(target: string, lines: readonly string[] = []): string {
  return `${[`GET ${target} HTTP/1.1`, ...ASKED, ...lines].join('\r\n')}\r\n\r\n`
}
