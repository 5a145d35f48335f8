import { setTimeout as sleep } from 'node:timers/promises'
import type { Case } from './cases.js'
import { type Figures, measure, medians, ratios, type Turn } from './measure.js'
import type { MeasuredServers } from './parts/measured-servers.js'
import type { Roomy } from './parts/roomy.js'
import { check } from './requests.js'

/** A line of the table. */
export interface Line {
  readonly letter: string
  readonly name: string
  readonly figures: Figures
  /** Of what it was measured against, in the same rounds. */
  readonly ratios: Figures
}

/** How long the store queries are counted, with junk and without: long enough for a sweep of expired rows. */
const COUNT_SECONDS = 60

const WARM_UP_SECONDS = 0.3

/** Each case in short turns with what it is measured against, all of them once a round. */
export async function measureCases(
  site: MeasuredServers,
  cases: readonly Case[],
  rounds: number,
  tell: (what: string) => void,
): Promise<{ lines: Line[]; storeQueries: number }> {
  const found = cases.map((): [Figures, Figures][] => [])
  for (let round = 0; round < rounds; round++) {
    tell(`Round ${round + 1} of ${rounds}`)
    for (const [at, each] of cases.entries()) {
      const [against, turn] = [each.against(), each.turn(round)]
      await warmUp(site, against)
      const theirs = await measure(site.load, against)
      if (each.before) await measure(site.load, each.before(round))
      await warmUp(site, turn)
      const ours = await measure(site.load, turn)
      found[at]?.push([ours, theirs])
    }
  }
  const lines = cases.map(({ letter, name }, at) => lineOf(letter, name, found[at] ?? []))
  const reference = found[0]?.map(([, bare]): [Figures, Figures] => [bare, bare]) ?? []
  const junk = cases.find(({ letter }) => letter === 'g')
  const storeQueries = junk ? await queriesOf(site, junk.turn(0), tell) : 0
  return { lines: [...lines, lineOf('', 'the bare server itself', reference)], storeQueries }
}

/** A server that has just done something else has yet to tidy up after it, which is not to be charged to what comes next. */
async function warmUp({ load }: MeasuredServers, turn: Turn): Promise<void> {
  if (!turn.once) await measure(load, turn, { seconds: WARM_UP_SECONDS })
}

/** The store queries a second because of a turn, beyond those of an idle process. */
async function queriesOf(
  { counted, load }: MeasuredServers,
  turn: Turn,
  tell: (what: string) => void,
): Promise<number> {
  tell('Counting what the stores are asked…')
  const rate = async (work: () => Promise<unknown>) => {
    const [before, begun] = [counted.count(), performance.now()]
    await work()
    return (counted.count() - before) / ((performance.now() - begun) / 1000)
  }
  const idle = await rate(() => sleep(COUNT_SECONDS * 1000))
  const busy = await rate(() => measure(load, turn, { seconds: COUNT_SECONDS }))
  return Math.max(0, busy - idle)
}

function lineOf(letter: string, name: string, rounds: readonly (readonly [Figures, Figures])[]): Line {
  return { letter, name, figures: medians(rounds.map(([ours]) => ours)), ratios: ratios(rounds) }
}

/** The lines of the process with many cached tokens. */
export async function roomLines(site: MeasuredServers, { tokens, first, cached }: Roomy): Promise<Line[]> {
  const bare = await measure(site.load, { server: site.bare, request: check('scope=read:tap'), tokens: [site.token] })
  const against = (each: Figures) => [each, bare] as const
  return [
    lineOf('h', `${tokens} tokens, first check of each`, [against(first)]),
    lineOf('h', `${tokens} tokens, cached`, cached.map(against)),
  ]
}
