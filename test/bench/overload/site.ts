import { startPostern } from '../../support/postern.js'
import type { Undo } from '../../support/run/at-end.js'
import { serve } from '../../support/serve.js'
import { fillAccounts, fillSessions, fillTokens } from '../parts/fill.js'
import { leaveOneCpu, startOwnBench } from '../parts/own-bench.js'
import { check, page, pageOf } from '../requests.js'
import { runOpenLoop } from './open-loop.js'
import type { Kind } from './round.js'
import { startSlowStore } from './slow-store.js'

/** Of the settings, which are the defaults. */
const BOUNDS = { slowChecks: 64, requests: 200 }
/** Bytes a second of the answers of PostgreSQL to the server with a slow store: for some hundred first checks. */
export const SLOW_BYTES = 300_000

const REHEARSAL_SECONDS = 4
/** Of the capacity, but for what a busy machine is late with. */
const TEN_TIMES = 9
/** Refusals that wait for their turn hold the client's connections: of a server on a whole CPU no more is sent than those hold. */
const WHAT_CAN_BE_SENT = 1.2

/** Starts two servers with the same stores, of which one reaches PostgreSQL by a slow line; returns what they are asked. */
export async function startSite(atEnd: (undo: Undo) => void): Promise<Kind[]> {
  const { cpu } = leaveOneCpu()
  const { folder, addresses, secret, env } = await startOwnBench('overload', atEnd)
  // So few that each of the tokens has left the cache before it comes again.
  const settings = { ...env, POSTERN_MEMORY_MAX_TOKENS: '5000' }
  const server = await serve({ folder, name: 'postern', cpu, env: settings })
  atEnd(() => server.kill())
  const store = await startSlowStore(addresses.databaseUrl)
  atEnd(() => store.stop())
  const slow = await serve({ folder, name: 'with-slow-store', cpu, env: { ...settings, DATABASE_URL: store.url } })
  atEnd(() => slow.kill())
  const desk = await startPostern({ ...addresses, secret, logLevel: 'error' })
  atEnd(() => desk.stop())
  await fillAccounts(desk.context)
  const tokens = await fillTokens(desk.context, 40_000)
  const sessions = await fillSessions(desk.context, 100)
  const [known = ''] = await fillTokens(desk.context, 1)
  const info = page('/auth/api/v1/token-info').replace('Host:', 'Authorization: Bearer {token}\r\nHost:')
  const checks = { bound: BOUNDS.slowChecks, next: inTurn(check('scope=read:tap'), tokens), isHerd: true }
  const requests = { bound: BOUNDS.requests, isHerd: false }
  const tokenInfo = { ...requests, next: inTurn(info, tokens) }
  const cached = inTurn(check('scope=read:tap'), [known])
  const ofServer = { port: server.port, cached, leastSent: WHAT_CAN_BE_SENT }
  const ofSlow = { port: slow.port, cached, leastSent: TEN_TIMES }
  const kinds: Kind[] = [
    { name: 'first checks, slow store', ...ofSlow, ...checks },
    { name: 'first checks', ...ofServer, ...checks },
    { name: 'API: token-info, slow store', ...ofSlow, ...tokenInfo },
    { name: 'API: token-info', ...ofServer, ...tokenInfo },
    {
      name: 'token list page',
      ...ofServer,
      ...requests,
      next: inTurn(pageOf('/auth/tokens'), sessions),
      leastSent: TEN_TIMES,
    },
  ]
  // A server that was just started spends more on compiling its code than on requests, and first reads the owners of the tokens.
  for (const { port, bound, next } of kinds)
    await runOpenLoop({ port, rate: undefined, connections: bound, next, phases: [REHEARSAL_SECONDS] })
  store.slow(SLOW_BYTES)
  return kinds
}

function inTurn(request: string, tokens: readonly string[]): () => Buffer {
  const all = tokens.map((token) => Buffer.from(request.replace('{token}', token)))
  let at = 0
  return () => all[at++ % all.length] ?? Buffer.alloc(0)
}
