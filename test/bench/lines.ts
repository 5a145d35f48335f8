import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from '../support/clients/raw-connection.js'
import type { Case } from './cases.js'
import { type Asked, askedBetween, type JunkQueries, junkQueries } from './junk-queries.js'
import { type Figures, measure, medianOfStores, medians, ratios, type StoresCpu, type Turn } from './measure.js'
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
  /** The least and the most CPU time of a round. */
  readonly cpuRange: readonly [number, number]
  /** CPU time of the stores, where a check waits for one. */
  readonly stores?: StoresCpu
}

/** What cases are measured with: the load, and for lines (g) a server that counts. */
type Site = Pick<MeasuredServers, 'load'> & Partial<Pick<MeasuredServers, 'counted'>>

/** How long the store queries are counted, with junk and without: long enough for a sweep of expired rows. */
const COUNT_SECONDS = 60

const WARM_UP_SECONDS = 0.3
const BEFORE_SECONDS = 30

/** Each case in short turns with what it is measured against, all of them once a round. */
export async function measureCases(
  site: Site,
  cases: readonly Case[],
  rounds: number,
  tell: (what: string) => void,
): Promise<{ lines: Line[]; storeQueries: JunkQueries | undefined }> {
  const found = cases.map((): [Figures, Figures][] => [])
  for (let round = 0; round < rounds; round++) {
    tell(`Round ${round + 1} of ${rounds}`)
    for (const [at, each] of cases.entries()) {
      found[at]?.push(await roundOf(site, each, round))
    }
  }
  const lines = cases.map(({ letter, name }, at) => lineOf(letter, name, found[at] ?? []))
  const reference = found[0]?.map(([, bare]): [Figures, Figures] => [bare, bare]) ?? []
  const junk = cases.find(({ letter }) => letter === 'g')
  const { counted } = site
  const storeQueries = junk && counted ? await queriesOf({ ...site, counted }, junk.turn(0), tell) : undefined
  return { lines: [...lines, lineOf('', 'the bare server itself', reference)], storeQueries }
}

/** Sends each case its requests for a while before anything is measured, so that compilers have seen all of them. */
export async function rehearse(site: Site, cases: readonly Case[], bounds: Rehearsal): Promise<void> {
  for (const each of cases) await named(each, () => measure(site.load, each.turn(0), bounds))
}

/** It ends with the seconds or the requests, whichever are over first. */
interface Rehearsal {
  readonly seconds: number
  readonly most?: number
}

/** Measures a case and its baseline once. */
function roundOf(site: Site, each: Case, round: number): Promise<[Figures, Figures]> {
  return named(each, async () => {
    const [against, turn] = [each.against(), each.turn(round)]
    await warmUp(site, against)
    const theirs = await measure(site.load, against)
    // Until all of its requests are answered: a token that was left out would be met in the turn.
    if (each.before) await measure(site.load, each.before(round), { seconds: BEFORE_SECONDS })
    await warmUp(site, turn)
    return [await measure(site.load, turn), theirs]
  })
}

/** A wrong answer fails with the name of the case: it must not become a figure. */
async function named<T>({ name }: Case, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`, { cause })
  }
}

/** A server that has just done something else has yet to tidy up after it, which is not to be charged to what comes next. */
async function warmUp({ load }: Site, turn: Turn): Promise<void> {
  if (!turn.once) await measure(load, turn, { seconds: WARM_UP_SECONDS })
}

/** The store queries a second because of a turn, beyond those that the process asks for one ordinary check a second. */
async function queriesOf(
  { counted, load }: Pick<MeasuredServers, 'counted' | 'load'>,
  turn: Turn,
  tell: (what: string) => void,
): Promise<JunkQueries> {
  tell('Counting what the stores are asked…')
  const ordinary = check('scope=read:tap').replace('{token}', counted.token)
  const asked = async (work: () => Promise<unknown>): Promise<Asked> => {
    const [before, begun] = [counted.kinds(), performance.now()]
    const asking = setInterval(() => void askOnce(counted.port, ordinary), 1_000)
    await work()
    clearInterval(asking)
    return askedBetween(before, counted.kinds(), (performance.now() - begun) / 1000)
  }
  const without = await asked(() => sleep(COUNT_SECONDS * 1000))
  const withJunk = await asked(() => measure(load, turn, { seconds: COUNT_SECONDS }))
  return junkQueries(without, withJunk)
}

async function askOnce(port: number, request: string): Promise<void> {
  const line = new RawConnection(port)
  const answer = await line.ask(request, 10_000)
  line.close()
  if (answer instanceof Error || answer.status !== 200) throw new Error('An ordinary check was not admitted')
}

function lineOf(letter: string, name: string, rounds: readonly (readonly [Figures, Figures])[]): Line {
  const cpu = rounds.map(([ours]) => ours.cpu)
  const stores = medianOfStores(rounds.map(([ours]) => ours))
  return {
    letter,
    name,
    figures: medians(rounds.map(([ours]) => ours)),
    ratios: ratios(rounds),
    cpuRange: [Math.min(...cpu), Math.max(...cpu)],
    ...(stores && { stores }),
  }
}

/** The lines of the process with many cached tokens. */
export async function roomLines(site: MeasuredServers, { tokens, first, cached }: Roomy): Promise<Line[]> {
  const bare = await measure(site.load, { server: site.bare, request: check('scope=read:tap'), tokens: [site.token] })
  const against = (each: Figures) => [each, bare] as const
  return [
    ...first.map(({ connections, turns }) =>
      lineOf('h', `${tokens} tokens, first checks, ${connections} connections`, turns.map(against)),
    ),
    lineOf('h', `${tokens} tokens, cached`, cached.map(against)),
  ]
}
