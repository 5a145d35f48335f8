import type { Server } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { bareServer, bearer, checkAsked, connectTo, withoutCredential, withWrongSecret } from './support/in-memory.js'

/** So few in a turn that most turns have no garbage collection in them; so many turns that some are undisturbed. */
const REQUESTS = 100
const WARM_UP = 40
const TURNS = 80
/** How often it is measured at most: on a busy machine 80 turns have been without an undisturbed one. */
const ROUNDS = 5

let postern: RunningPostern
let token: string
const bare = bareServer()
beforeAll(async () => {
  postern = await startPostern({ logLevel: 'info' })
  token = await postern.token('ada')
})
afterAll(async () => {
  bare.close()
  await postern.stop()
})

/** The bytes that a request allocates on the heap, with those of a turn of the event loop: see {@link fewestBytes}. */
async function bytesOf(server: Server, request: Buffer): Promise<{ status: string; bytes: number }> {
  const wire = connectTo(server)
  const bytes = await fewestBytes(() => wire.emit('data', request))
  const { status } = wire
  wire.destroy()
  return { status, bytes }
}

/** Of the turns without a garbage collection the fewest bytes that a piece of work allocates. */
async function fewestBytes(work: () => unknown): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY
  for (let turn = -WARM_UP; turn < TURNS; turn++) {
    const before = process.memoryUsage().heapUsed
    for (let count = 0; count < REQUESTS; count++) {
      work()
      await setImmediate()
    }
    const bytes = (process.memoryUsage().heapUsed - before) / REQUESTS
    if (turn >= 0 && bytes > 0) fewest = Math.min(fewest, bytes)
  }
  return fewest
}

const DELEGATED = 'read:tap&delegate_to=portal&delegate_scope=read:tap'

it.each([
  ['a check of a cached token', '200', bearer, 'read:tap', 0.19],
  ['a delegated token, cached', '200', bearer, DELEGATED, 0.19],
  ['a refusal without a credential', '401', withoutCredential, 'read:tap', 0.16],
  ['a refusal of a wrong secret', '401', withWrongSecret, 'read:tap', 0.3],
  ['a refusal for a missing scope', '403', bearer, 'exec:portal', 0.36],
  // Of what a bare server of node:http allocates for any answer. Each is a fifth above what it takes.
])('%s allocates few bytes', async (_what, status, credential, scope, most) => {
  const request = checkAsked(`scope=${scope}`, credential(token))
  let [ours, theirs, loop] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let share = Number.NaN
  for (let round = 0; round < ROUNDS && !(loop < theirs && share < most); round++) {
    const [mine, its] = [await bytesOf(postern.server, request), await bytesOf(bare, request)]
    expect([mine.status, its.status]).toEqual([status, '200'])
    ours = Math.min(ours, mine.bytes)
    theirs = Math.min(theirs, its.bytes)
    loop = Math.min(loop, await fewestBytes(() => undefined))
    share = (ours - loop) / (theirs - loop)
  }
  expect(loop).toBeLessThan(theirs)
  expect(share).toBeLessThan(most)
})
