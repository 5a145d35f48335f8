// Prints the bytes that checks allocate, as shares of a bare server's, as JSON. A program of its own: in the process of a hundred
// tests, each turn of the event loop allocates what is left of them, and collections are as they like. Run with `--expose-gc` and
// with room for more than a turn allocates, so that none is in it.
import type { Server } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { startPostern } from '../../../support/postern.js'
import { runToEnd } from '../../../support/run/at-end.js'
import { bareServer, bearer, checkAsked, connectTo, withoutCredential, withWrongSecret } from './in-memory.js'

const REQUESTS = 100
const WARM_UP = 40
const TURNS = 40
/** As much of the new space as a turn must leave, in bytes. */
const ROOM = 16 * 1024 * 1024

const DELEGATED = 'read:tap&delegate_to=portal&delegate_scope=read:tap'
const CASES = [
  ['a check of a cached token', bearer, 'read:tap'],
  ['a delegated token, cached', bearer, DELEGATED],
  ['a refusal without a credential', withoutCredential, 'read:tap'],
  ['a refusal of a wrong secret', withWrongSecret, 'read:tap'],
  ['a refusal for a missing scope', bearer, 'exec:portal'],
] as const

/** Of some turns the fewest bytes that a piece of work allocates, with those of a turn of the event loop. */
async function fewestBytes(work: () => unknown): Promise<number> {
  const { gc } = globalThis
  if (!gc) throw new Error('Run it with --expose-gc')
  let fewest = Number.POSITIVE_INFINITY
  for (let turn = -WARM_UP; turn < TURNS; turn++) {
    gc({ type: 'minor' })
    const before = process.memoryUsage().heapUsed
    for (let count = 0; count < REQUESTS; count++) {
      work()
      await setImmediate()
    }
    const bytes = process.memoryUsage().heapUsed - before
    if (bytes > ROOM) throw new Error('A collection may be in it')
    if (turn >= 0) fewest = Math.min(fewest, bytes / REQUESTS)
  }
  return fewest
}

async function bytesOf(server: Server, request: Buffer): Promise<{ status: string; bytes: number }> {
  const wire = connectTo(server)
  const bytes = await fewestBytes(() => wire.emit('data', request))
  const { status } = wire
  wire.destroy()
  return { status, bytes }
}

await runToEnd(async (atEnd) => {
  const postern = await startPostern({ logLevel: 'info' })
  atEnd(() => postern.stop())
  const token = await postern.token('ada')
  const bare = bareServer()
  const loop = await fewestBytes(() => undefined)
  const measured: Record<string, { status: string; share: number }> = {}
  for (const [name, credential, scope] of CASES) {
    const request = checkAsked(`scope=${scope}`, credential(token))
    const [ours, theirs] = [await bytesOf(postern.server, request), await bytesOf(bare, request)]
    measured[name] = { status: ours.status, share: (ours.bytes - loop) / (theirs.bytes - loop) }
  }
  process.stdout.write(`${JSON.stringify(measured)}\n`)
  return 0
})
