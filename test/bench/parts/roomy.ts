import { setTimeout } from 'node:timers/promises'
import { FLUSH_SECONDS } from '../../../server/tokens/usage-recorder.js'
import { type Figures, measure } from '../measure.js'
import { check } from '../requests.js'
import { fillTokens } from './fill.js'
import type { MeasuredServers } from './measured-servers.js'

const MANY = 100_000
/** The connections of proxies; a site with so many tokens in use has more than one. */
const CONNECTIONS = [32, 64, 128, 256] as const
/** Tokens that are met in one turn: the counts of connections take turns, because a larger memory makes each of them dearer. */
const TURN = 5_000

export interface Roomy {
  /** Fewer than {@link MANY} where meeting them all would have taken too long. */
  readonly tokens: number
  /** Memory of each cached token, in bytes. */
  readonly bytesEach: number
  /** Meeting each of them for the first time, a part of them over each count of connections. */
  readonly first: readonly FirstChecks[]
  /** Checking all of them in turn, when they are cached. */
  readonly cached: readonly Figures[]
}

/** First checks over so many connections. */
export interface FirstChecks {
  readonly connections: number
  readonly turns: readonly Figures[]
}

/** One process with {@link MANY} cached tokens: their memory, and whether it is as quick as with one. */
export async function measureRoom(
  { desk, load, roomy, token }: MeasuredServers,
  rounds: number,
  tell: (what: string) => void,
): Promise<Roomy> {
  tell(`Caching ${MANY} tokens…`)
  const many = await fillTokens(desk.context, MANY)
  const request = check('scope=read:tap')
  await measure(load, { server: roomy, request, tokens: [token] })
  const before = await roomy.memory()
  const all = { server: roomy, request, tokens: many }
  const turns = new Map(CONNECTIONS.map((connections) => [connections, [] as Figures[]]))
  for (let from = 0; from < MANY; ) {
    for (const [connections, found] of turns) {
      const met = { ...all, tokens: many.slice(from, from + TURN), once: true }
      found.push(await measure(load, met, { seconds: 60, most: TURN, connections }))
      from += TURN
    }
  }
  const first = [...turns].map(([connections, found]) => ({ connections, turns: found }))
  const tokens = first.flatMap((each) => each.turns).reduce((sum, { answered }) => sum + answered, 0)
  // The uses of the last seconds are the use log's, and not what a token takes while it is cached.
  await setTimeout((FLUSH_SECONDS + 1) * 1000)
  const after = await roomy.memory()
  const cached: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    cached.push(await measure(load, { ...all, tokens: many.slice(0, tokens) }))
  }
  return { tokens, bytesEach: (after - before) / tokens, first, cached }
}
