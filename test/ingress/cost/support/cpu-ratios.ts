// Prints the CPU time of a cached check as a share of the bare server's, as JSON: asked directly, and by nginx at a Unix socket. A
// program of its own, because it keeps itself to one CPU.
import { measure } from '../../../bench/measure.js'
import { startBehindNginx } from '../../../bench/parts/nginx.js'
import { type Measured, startPosternAndBare } from '../../../bench/parts/postern-and-bare.js'
import { check, protectedPage } from '../../../bench/requests.js'
import { runToEnd } from '../../../support/run/at-end.js'

/** What else a machine does makes a check dearer, never cheaper: the calmest round of each counts. */
const ROUNDS = 8

await runToEnd(async (atEnd) => {
  const site = await startPosternAndBare(atEnd)
  const { bare, postern, socket, load, token } = site
  const behind = await startBehindNginx({ bare: { port: bare.port, pids: bare.pids }, postern, socket }, site, atEnd)

  async function ratioOf(request: string, ours: Measured, theirs: Measured): Promise<number> {
    const turn = (server: Measured) => measure(load, { server, request, tokens: [token] })
    // Compilers and caches have seen it before anything counts.
    for (const server of [ours, theirs]) await turn(server)
    const least = { ours: Number.POSITIVE_INFINITY, theirs: Number.POSITIVE_INFINITY }
    for (let round = 0; round < ROUNDS; round++) {
      least.ours = Math.min(least.ours, (await turn(ours)).cpu)
      least.theirs = Math.min(least.theirs, (await turn(theirs)).cpu)
    }
    return least.ours / least.theirs
  }

  const direct = await ratioOf(check('scope=read:tap'), postern, bare)
  const behindNginx = await ratioOf(protectedPage('/tap/sync'), behind.socket, behind.bare)
  process.stdout.write(`${JSON.stringify({ direct, behindNginx })}\n`)
  return 0
})
