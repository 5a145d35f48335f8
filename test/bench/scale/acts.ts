import { setTimeout as sleep } from 'node:timers/promises'
import { fillSessions, fillTokens } from '../parts/fill.js'
import type { CountedSite } from './counted-site.js'
import type { Act } from './model.js'

/** One act, done so often by each process. */
interface Trial {
  readonly act: Act
  readonly events: number
}

/** Makes what an act needs, and returns the act, which does it so often for each process. */
type Prepare = (site: CountedSite, events: number) => Promise<() => Promise<unknown>>

const TAP = 'scope=read:tap'
const AT_ONCE = 2
/** More than half of `memoryMaxAge`, so that a cached token is read again, and less than all of it. */
const HALF_AGED = 40
/** Reads that were begun in the background have ended. */
const SETTLED_MS = 400

// biome-ignore format: a table reads in columns
export const TRIALS: readonly Trial[] = [
  { act: 'firstCheck',        events: 200 },
  { act: 'firstSessionCheck', events: 24 },
  { act: 'readAgain',         events: 200 },
  { act: 'useWritten',        events: 200 },
  { act: 'sessionUseWritten', events: 24 },
  { act: 'made',              events: 10 },
  { act: 'signedIn',          events: 10 },
  { act: 'revoked',           events: 10 },
  { act: 'delegated',         events: 24 },
  { act: 'counted',           events: 64 },
]

export const PREPARE: Readonly<Record<Act, Prepare>> = {
  firstCheck: async (site, events) => {
    const tokens = await userTokens(site, events)
    return () => site.check(tokens, TAP)
  },
  firstSessionCheck: async (site, events) => {
    const tokens = await sessions(site, events)
    return () => site.check(tokens, TAP, true)
  },
  readAgain: async (site, events) => {
    const tokens = await userTokens(site, events)
    await site.check(tokens, TAP)
    await flush(site)
    for (const each of site.processes) each.advance(HALF_AGED)
    return async () => {
      await site.check(tokens, TAP)
      await sleep(SETTLED_MS)
    }
  },
  useWritten: async (site, events) => {
    await flush(site)
    await site.check(await userTokens(site, events), TAP)
    return () => flush(site)
  },
  sessionUseWritten: async (site, events) => {
    await flush(site)
    await site.check(await sessions(site, events), TAP, true)
    return () => flush(site)
  },
  made: async (site, events) => () =>
    each(site, events, async (postern, index) => void (await postern.token(`person-${1 + (index % 1_000)}`))),
  signedIn: async (site, events) => () => sessions(site, events),
  revoked: async (site, events) => {
    const tokens = await userTokens(site, events)
    return async () => {
      await each(site, events, async (postern, index) => postern.revoke(tokens[index] ?? ''))
      await sleep(SETTLED_MS)
    }
  },
  delegated: async (site, events) => {
    const tokens = await userTokens(site, events)
    await site.check(tokens, TAP)
    return async () => {
      await site.check(tokens, `${TAP}&delegate_to=portal&delegate_scope=read:tap`)
      await sleep(SETTLED_MS)
    }
  },
  counted: async (site, events) => {
    const tokens = await userTokens(site, events)
    await site.check(tokens, TAP)
    return () => site.check(tokens, `${TAP}&service=limited`)
  },
}

/** Writes the uses of all processes. */
async function flush({ processes }: CountedSite): Promise<void> {
  for (const { context } of processes) await context.usage.flush(context)
}

const of = ({ processes }: CountedSite) => {
  const [first] = processes
  if (!first) throw new Error('A site has a process')
  return first.context
}

const userTokens = (site: CountedSite, events: number) => fillTokens(of(site), events * site.processes.length)

const sessions = (site: CountedSite, events: number) => fillSessions(of(site), events * site.processes.length)

/** In each process a few at once. */
async function each(
  { processes }: CountedSite,
  events: number,
  act: (process: CountedSite['processes'][number], index: number) => Promise<void>,
): Promise<void> {
  for (const [at, postern] of processes.entries()) {
    for (let index = 0; index < events; index += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, events - index) }, (_, more) => index + more)
      await Promise.all(some.map((one) => act(postern, one * processes.length + at)))
    }
  }
}
