// Prints the CPU time of checks before the door, as shares of that of a bare server's answer, as JSON. A program of its own: in the
// process of a hundred tests, each turn of the event loop has what is left of them to do, for both servers.
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { BURST_MS } from '../../../../server/core/overload/crowd.js'
import { TURN_MS } from '../../../../server/core/overload/refusal-queue.js'
import { startPostern } from '../../../support/postern.js'
import { runToEnd } from '../../../support/run/at-end.js'
import {
  bareServer,
  bearer,
  checkAsked,
  connectTo,
  type Wire,
  withoutCredential,
  withWrongSecret,
} from './in-memory.js'

/** Requests of a turn, and turns of each server. */
const REQUESTS = 500
const TURNS = 15

const CASES = [
  ['a check of a cached token', bearer, 'read:tap'],
  ['a refusal without a credential', withoutCredential, 'read:tap'],
  ['a refusal of a wrong secret', withWrongSecret, 'read:tap'],
  ['a refusal for a missing scope', bearer, 'exec:portal'],
] as const

/** The CPU time of some requests on one connection, in microseconds. */
async function turn(wire: Wire, request: Buffer, requests: number): Promise<number> {
  const before = process.cpuUsage()
  for (let count = 0; count < requests; count++) {
    wire.emit('data', request)
    await setImmediate()
  }
  const { user, system } = process.cpuUsage(before)
  return user + system
}

await runToEnd(async (atEnd) => {
  const postern = await startPostern({ logLevel: 'warning', settings: { limits: { slowChecks: 1 } } })
  atEnd(() => postern.stop())
  const token = await postern.token('ada')
  const bare = bareServer()

  /** What a request costs, of what the bare server's answer to it costs, and its status. */
  async function costOf(request: Buffer, part = 1): Promise<{ status: string; share: number }> {
    const [wire, other] = [connectTo(postern.server), connectTo(bare)]
    const ours: number[] = []
    const theirs: number[] = []
    for (let at = 0; at < TURNS / part; at++) {
      ours.push(await turn(wire, request, REQUESTS * part))
      theirs.push(await turn(other, request, REQUESTS * part))
      if (part < 1) await sleep(2 * TURN_MS)
    }
    const { status } = wire
    for (const each of [wire, other]) each.destroy()
    // Another program on the machine makes a turn dearer, and none cheaper.
    return { status, share: Math.min(...ours) / Math.min(...theirs) }
  }

  const measured: Record<string, { status: string; share: number }> = {}
  for (const [name, credential, scope] of CASES)
    measured[name] = await costOf(checkAsked(`scope=${scope}`, credential(token)))

  const [waits, shed] = [await postern.token('ada'), await postern.token('ada')]
  let held = 0
  postern.context.tokenCache.resolve = () => {
    held++
    return new Promise(() => undefined)
  }
  connectTo(postern.server).emit('data', checkAsked('scope=read:tap', bearer(waits)))
  await setImmediate()
  const request = checkAsked('scope=read:tap', bearer(shed))
  // The first one of too many begins the burst.
  connectTo(postern.server).emit('data', request)
  // A timer may be early by what the event loop was late.
  await sleep(1.1 * BURST_MS)
  // So few at a time that none waits for its turn; after each rest both servers are slower, and a bare one least.
  const ofShed = await costOf(request, 1 / 10)
  process.stdout.write(`${JSON.stringify({ ...measured, 'a check that is shed': { ...ofShed, held } })}\n`)
  return 0
})
