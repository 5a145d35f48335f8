import { connect } from 'node:net'

/**
 * How long nothing more may come before an answer is taken to be whole; and how long to wait for the first answers, which on a
 * busy machine take as long as they take.
 */
const QUIET_MS = 250
const PATIENCE_MS = 60_000
/** Silence is counted in these: between two of them what has arrived is read, also after this process was held up. */
const TICK_MS = 25

interface Expected {
  /** How many answers come at least, if any. */
  readonly answers?: number
  /** How long to wait for them: less than a minute where none may come. */
  readonly withinMs?: number
}

/** Sends exactly these bytes to a port of 127.0.0.1, and gives back whatever comes until it closes or falls silent. */
export function exchange(
  port: number,
  bytes: string,
  { answers = 1, withinMs = PATIENCE_MS }: Expected = {},
): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    let silentMs = 0
    const socket = connect(port, '127.0.0.1')
    const end = () => {
      clearInterval(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setInterval(() => {
      silentMs += TICK_MS
      if (silentMs >= (statuses(answer).length < answers ? withinMs : QUIET_MS)) end()
    }, TICK_MS)
    socket.setEncoding('latin1')
    socket.on('connect', () => socket.write(bytes, 'latin1'))
    socket.on('data', (text) => {
      answer += text
      silentMs = 0
    })
    // A proxy may close, or break the connection, while we still send.
    socket.on('error', end).on('close', end)
  })
}

/** Every status of an answer, in order: more than one where requests were sent one behind the other. */
export function statuses(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status))
}
