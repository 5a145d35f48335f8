import { chanceOf } from './lots.js'
import { drawBytes, drawPieces } from './requests.js'
import { exchange, type Outcome, startTwoServers, type TwoServers } from './two-servers.js'

/** What came of the comparison. */
export interface Comparison {
  readonly requests: number
  /** How many answers the door gave by itself; Node gave all others for it. */
  readonly answeredByDoor: number
  readonly answers: number
  /** Bytes that the two servers answered differently. */
  readonly differences: readonly string[]
}

/** So many connections are open at a time. */
const BATCH = 200
const MOST_DIFFERENCES = 10

/** Sends the same bytes, in the same pieces, to both servers. */
export async function compareAnswers(
  seed: number,
  count: number,
  onBatch?: (done: number) => void,
): Promise<Comparison> {
  const chance = chanceOf(seed)
  const servers = startTwoServers()
  const differences: string[] = []
  let answers = 0
  let answeredByDoor = 0
  for (let done = 0; done < count && differences.length < MOST_DIFFERENCES; done += BATCH) {
    const drawn = Array.from({ length: BATCH }, () => drawPieces(drawBytes(chance), chance))
    const byNode = await Promise.all(drawn.map((pieces) => exchange(servers.node, pieces)))
    const byDoor = await Promise.all(drawn.map((pieces) => exchange(servers.door, pieces)))
    answeredByDoor += servers.takeAnswered()
    for (const [at, pieces] of drawn.entries()) {
      const [node, door] = [byNode[at], byDoor[at]]
      answers += (door?.answered.split('HTTP/1.1 ').length ?? 1) - 1
      if (isSame(node, door)) continue
      if (door && !(await isByParts(servers, pieces, door)))
        differences.push(JSON.stringify({ pieces: pieces.map(textOf), node, door }, null, 1))
    }
    onBatch?.(done)
  }
  for (const server of [servers.node, servers.door]) server.close()
  return { requests: count, answers, answeredByDoor, differences }
}

const textOf = (bytes: Buffer) => bytes.toString('latin1')

function isSame(one: Outcome | undefined, other: Outcome | undefined): boolean {
  return one?.answered === other?.answered && one?.isOpen === other?.isOpen
}

/** A request behind those that the door answered: Node answers it only if they ended where the door thinks. */
const PROBE = Buffer.from('GET /ingress/probe HTTP/1.1\r\nHost: probe\r\n\r\n')

/**
 * Whether the door answered some requests as Node does, one after the other, and gave the rest to Node as they came. Node alone may
 * answer less: it loses the answers to requests that came in one piece with a malformed one behind them.
 */
async function isByParts({ node }: TwoServers, pieces: readonly Buffer[], door: Outcome): Promise<boolean> {
  const { given = [] } = door
  const bytes = Buffer.concat(pieces)
  const unread = Buffer.concat(given)
  if (!bytes.subarray(bytes.length - unread.length).equals(unread)) return false
  const answeredBytes = bytes.subarray(0, bytes.length - unread.length)
  const [own, probed] = [
    await exchange(node, cutAtEnds(answeredBytes), true),
    await exchange(node, [...cutAtEnds(answeredBytes), PROBE], true),
  ]
  const probe = await exchange(node, [PROBE])
  const rest = given.length > 0 ? await exchange(node, given) : own
  const expected = given.length > 0 ? own.answered + rest.answered : own.answered
  return (
    own.isOpen && probed.answered === own.answered + probe.answered && isSame({ ...rest, answered: expected }, door)
  )
}

/** Bytes in pieces of one head each. */
function cutAtEnds(bytes: Buffer): Buffer[] {
  return textOf(bytes)
    .split(/(?<=\r\n\r\n)/)
    .filter((part) => part !== '')
    .map((part) => Buffer.from(part, 'latin1'))
}
