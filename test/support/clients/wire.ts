import { connect } from 'node:net'

/** How long nothing more may come before an answer is taken to be whole, and how long to wait for its beginning. */
const QUIET_MS = 250
const PATIENCE_MS = 4_000

/** Sends exactly these bytes to a port of 127.0.0.1, and gives back whatever comes until it closes or falls silent. */
export function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1')
    const end = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    let timer = setTimeout(end, PATIENCE_MS)
    socket.setEncoding('latin1')
    socket.on('connect', () => socket.write(bytes, 'latin1'))
    socket.on('data', (text) => {
      answer += text
      clearTimeout(timer)
      timer = setTimeout(end, QUIET_MS)
    })
    // A proxy may close, or break the connection, while we still send.
    socket.on('error', end).on('close', end)
  })
}

/** Every status of an answer, in order: more than one where requests were sent one behind the other. */
export function statuses(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status))
}
