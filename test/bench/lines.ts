import { setTimeout as sleep } from 'node:timers/promises'
import type { Case } from './cases.js'
import { type Figures, measure, medians, ratios } from './measure.js'
import { check } from './requests.js'
import type { Roomy } from './roomy.js'
import type { Site } from './site.js'

/** A line of the table. */
export interface Line {
  readonly letter: string
  readonly name: string
  readonly figures: Figures
  /** Of what it was measured against, in the same rounds. */
  readonly ratios: Figures
}

/** For so long a server is left alone, to see what it asks its stores by itself. */
const IDLE_MS = 2_000

/** Each case in short turns with what it is measured against, all of them once a round. */
export async function measureCases(
  site: Site,
  cases: readonly Case[],
  rounds: number,
  tell: (what: string) => void,
): Promise<{ lines: Line[]; storeQueries: number }> {
  const found = cases.map((): [Figures, Figures][] => [])
  const junk = startCount(site)
  for (let round = 0; round < rounds; round++) {
    tell(`Round ${round + 1} of ${rounds}`)
    for (const [at, each] of cases.entries()) {
      const theirs = await measure(site.load, each.against())
      if (each.before) await measure(site.load, each.before(round))
      const turn = () => measure(site.load, each.turn(round))
      const ours = await (each.letter === 'g' ? junk.during(turn) : turn())
      found[at]?.push([ours, theirs])
    }
  }
  const lines = cases.map(({ letter, name }, at) => lineOf(letter, name, found[at] ?? []))
  const reference = found[0]?.map(([, bare]): [Figures, Figures] => [bare, bare]) ?? []
  return { lines: [...lines, lineOf('', 'the bare server itself', reference)], storeQueries: junk.perSecond() }
}

/** Counts what the stores are asked because of something, beyond what a process asks them when it has nothing to do. */
function startCount({ counted }: Site) {
  let [queries, seconds] = [0, 0]
  const count = async (work: () => Promise<unknown>) => {
    const [before, begun] = [counted.count(), performance.now()]
    await work()
    return { asked: counted.count() - before, took: (performance.now() - begun) / 1000 }
  }
  return {
    async during<T>(work: () => Promise<T>): Promise<T> {
      const idle = await count(() => sleep(IDLE_MS))
      let result: Promise<T> | undefined
      const busy = await count(() => {
        result = work()
        return result
      })
      queries += busy.asked - (idle.asked / idle.took) * busy.took
      seconds += busy.took
      return result as Promise<T>
    },
    perSecond: () => Math.max(0, queries / seconds),
  }
}

function lineOf(letter: string, name: string, rounds: readonly (readonly [Figures, Figures])[]): Line {
  return { letter, name, figures: medians(rounds.map(([ours]) => ours)), ratios: ratios(rounds) }
}

/** The lines of the process that remembers many tokens. */
export async function roomLines(site: Site, { tokens, first, remembered }: Roomy): Promise<Line[]> {
  const bare = await measure(site.load, { server: site.bare, request: check('scope=read:tap'), tokens: [site.token] })
  const against = (each: Figures) => [each, bare] as const
  return [
    lineOf('h', `${tokens} tokens, each first`, [against(first)]),
    lineOf('h', `${tokens} tokens, remembered`, remembered.map(against)),
  ]
}
