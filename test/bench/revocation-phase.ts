import { setTimeout as sleep } from 'node:timers/promises'
import { bearer, Caller, checkOf } from '../support/clients/caller.js'
import type { ThreeReplicas } from './parts/three-replicas.js'

export interface Phase {
  readonly name: string
  readonly revocations: number
  /** No admission may have been asked for later than this after the answer. */
  readonly boundMs: number
  /** Of 99 in 100. */
  readonly typicalMs?: number
  /** The fault of the third server's connection to Redis meanwhile. */
  readonly trouble?: 'cut' | 'reset' | 'stall'
}

/** Milliseconds from the answer to the revocation until the last admitted check was sent; 0 when none was. */
export interface PhaseResult {
  readonly phase: Phase
  /** Fewer than were meant to be when the time was up. */
  readonly revocations: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** How many were admitted beyond the bound. */
  readonly late: number
  readonly checksPerSecond: number
}

const AT_ONCE = 4
/** Checks beside those of the tokens that are being revoked, all the time, by each server. */
const OTHERS = { clients: 4, pauseMs: 3, tokens: 2_000 }
/** A token that was refused so often in a row, by one server, is refused for good; the last round of all looks again. */
const ENOUGH = 5
const QUERY = 'scope=read:tap'

export async function runPhase(replicas: ThreeReplicas, phase: Phase, seconds: number): Promise<PhaseResult> {
  const doomed = await replicas.newTokens(phase.revocations)
  const others = await replicas.newTokens(OTHERS.tokens)
  const load = startLoad(replicas, others)
  // In use everywhere before the trouble begins: a process could admit from its cache.
  await Promise.all(replicas.servers.map(({ port }) => useAll(port, doomed)))
  const endTrouble = begin(replicas, phase)
  const delays: number[] = []
  const end = performance.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let token = doomed.pop(); token !== undefined && performance.now() < end; token = doomed.pop()) {
        delays.push(await revoke(replicas, token, phase.boundMs))
        replicas.revoked.push(token)
      }
    }),
  )
  await endTrouble()
  const checksPerSecond = await load.stop()
  delays.sort((a, b) => a - b)
  const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? Number.NaN
  const late = delays.filter((delay) => delay > phase.boundMs).length
  return { phase, revocations: delays.length, p50: at(0.5), p99: at(0.99), max: at(1), late, checksPerSecond }
}

/** Trouble comes and goes: a process is in danger when it begins, when it ends, and as long as it has not been noticed. */
const COMES_MS = 1_500
const GOES_MS = 1_500
/** A connection that breaks is open again at once. */
const BREAKS_MS = 50

/** Ends, with everything in order again, by what it answers. */
function begin({ toRedis }: ThreeReplicas, { trouble }: Phase): () => Promise<void> {
  let over = false
  const cause = async () => {
    if (trouble === 'reset') {
      toRedis.reset((sent) => /subscribe/i.test(sent))
      return sleep(BREAKS_MS)
    }
    if (trouble === 'cut') await toRedis.cut()
    else toRedis.stall()
    await sleep(COMES_MS)
    await toRedis.mend()
    await sleep(GOES_MS)
  }
  const going = (async () => {
    while (trouble && !over) await cause()
  })()
  return () => {
    over = true
    return going
  }
}

/** Revokes a token by way of the first server, while all of them are asked for it without a pause. */
async function revoke({ servers, admin }: ThreeReplicas, token: string, boundMs: number): Promise<number> {
  const key = token.slice('gt-'.length).split('.')[0]
  let answeredAt = Number.POSITIVE_INFINITY
  const watches = servers.map(({ port }) => lastAdmission(port, token, () => answeredAt, boundMs))
  const caller = new Caller(servers[0]?.port ?? 0)
  const owner = await ownerOf(caller, token)
  const path = `/auth/api/v1/users/${owner}/tokens/${key}`
  const reply = await caller.ask({ method: 'DELETE', path, headers: bearer(admin) })
  answeredAt = performance.now()
  caller.close()
  if (reply instanceof Error || reply.status !== 204) {
    throw new Error(`The token was not revoked: ${reply instanceof Error ? reply.message : reply.status}`)
  }
  const last = Math.max(...(await Promise.all(watches)))
  return Math.max(0, last - answeredAt)
}

async function ownerOf(caller: Caller, token: string): Promise<string> {
  const reply = await caller.ask({ path: '/auth/api/v1/token-info', headers: bearer(token) })
  if (reply instanceof Error) throw reply
  return (reply.json() as { username: string }).username
}

/** When the last admitted check was sent. Asks until the token has been revoked and is refused for good. */
async function lastAdmission(port: number, token: string, answeredAt: () => number, boundMs: number): Promise<number> {
  const caller = new Caller(port)
  let last = 0
  for (let refused = 0; refused < ENOUGH; ) {
    const reply = await caller.ask(checkOf(QUERY, bearer(token)))
    if (reply instanceof Error) continue
    if (reply.status === 200) last = reply.sentAt
    refused = reply.status === 401 && reply.sentAt > answeredAt() ? refused + 1 : 0
    if (last - answeredAt() > 2 * boundMs) break
  }
  caller.close()
  return last
}

async function useAll(port: number, tokens: readonly string[]): Promise<void> {
  const caller = new Caller(port)
  for (const token of [...tokens]) await caller.ask(checkOf(QUERY, bearer(token)))
  caller.close()
}

function startLoad({ servers }: ThreeReplicas, tokens: readonly string[]) {
  let stopped = false
  let checks = 0
  const begin = performance.now()
  const client = async (port: number, from: number) => {
    const caller = new Caller(port)
    for (let at = from; !stopped; at++) {
      await caller.ask(checkOf(QUERY, bearer(tokens[at % tokens.length] ?? '')))
      checks++
      await sleep(OTHERS.pauseMs)
    }
    caller.close()
  }
  const clients = servers.flatMap(({ port }) =>
    Array.from({ length: OTHERS.clients }, (_, index) => client(port, index * 500)),
  )
  return {
    /** How many checks a second it was. */
    async stop(): Promise<number> {
      stopped = true
      await Promise.all(clients)
      return checks / ((performance.now() - begin) / 1000)
    },
  }
}
