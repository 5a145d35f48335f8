import { setTimeout as sleep } from 'node:timers/promises'
import { type Chance, chanceOf } from '../support/chance.js'
import type { Undo } from '../support/run/at-end.js'
import { FAULTS, type Fault } from './catalogue.js'
import { dieAtEveryWrite, dieAtSomeWrites } from './deaths.js'
import { type Deployment, MAX_AGE_SECONDS, startDeployment } from './deployment.js'
import { Ledger, type Wrongs } from './ledger.js'
import { startLoad } from './load.js'
import { Operations } from './operations.js'
import { playOnce } from './play-once.js'
import { SCENES, type Scene } from './scenes.js'
import { takeStock } from './verdict.js'

export interface Campaign {
  readonly seed: number
  /** Faults drawn by lot, */
  readonly faults: number
  /** of those whose name has this in it; of all when it is not given. */
  readonly only?: string
  /** So many deaths between two writes, drawn by lot; one at every write when it is not given. */
  readonly deaths?: number
  /** Deaths in scenes whose name has this in it; in all when it is not given. */
  readonly scene?: string
}

export interface Report {
  readonly seed: number
  /** How often each happened. */
  readonly faults: Readonly<Record<string, number>>
  readonly deaths: number
  readonly checks: number
  readonly changes: number
  /** Changes with an unknown outcome. */
  readonly unknown: number
  readonly tokens: number
  readonly wrongs: Wrongs
}

/** One fault or, now and then, two. */
function drawFaults(only: string, chance: Chance): Fault[] {
  const first = chance.pick(FAULTS.filter(({ name }) => name.includes(only)))
  const others = FAULTS.filter(({ what, name }) => what !== first.what && name.includes(only))
  return chance.next() < TOGETHER && others.length > 0 ? [first, chance.pick(others)] : [first]
}

/** How often a second fault comes while the first one lasts. */
const TOGETHER = 0.25

/** Runs a campaign to its end, saying what it does. */
export async function runCampaign(
  { seed, faults, only = '', deaths, scene = '' }: Campaign,
  tell: (what: string) => void,
  atEnd: (undo: Undo) => void,
): Promise<Report> {
  const chance = chanceOf(seed)
  const deployment = await startDeployment(atEnd)
  const ledger = new Ledger(MAX_AGE_SECONDS * 1000, tell)
  const operations = new Operations(ledger, deployment.admin)
  // Who comes when is settled by the machine; only what goes wrong is settled by the seed.
  const load = startLoad(deployment, ledger, operations, chance.branch())
  const happened: Record<string, number> = {}

  const recover = async (after: string) => {
    const unwell = await deployment.recovered()
    if (unwell !== undefined) ledger.note('refused', `after ${after}: ${unwell}`)
  }
  await recover('the start')
  for (let number = 1; number <= faults; number++) {
    const together = drawFaults(only, chance)
    const names = together.map(({ name }) => name).join(', and ')
    deployment.calmSince = undefined
    await Promise.all(together.map((fault) => fault.happen(deployment, ledger, chance.branch())))
    for (const { name } of together) happened[name] = (happened[name] ?? 0) + 1
    await recover(names)
    await sleep(chance.between(600, 1_200))
    tell(`${number}/${faults} ${names}`)
  }
  const stage = { deployment, ledger, operations, chance }
  const trial = {
    scenes: SCENES.filter(({ name }) => name.includes(scene)),
    play: (each: Scene, dies: string) => playOnce(stage, each, dies),
    onDeath: tell,
  }
  const died = await (deaths === undefined ? dieAtEveryWrite(trial) : dieAtSomeWrites(trial, chance, deaths))
  await load.stop()
  await recover('the end')
  await sleep(MAX_AGE_SECONDS * 1000)
  await takeStock(deployment, ledger, operations)
  for (const line of evidence(deployment, ledger.wrongs)) tell(line)
  return { seed, faults: happened, deaths: died, ...load.counts, tokens: ledger.entries.length, wrongs: ledger.wrongs }
}

/** What the servers logged of requests that they answered 500, and of the tokens that a violation names. */
function evidence({ members }: Deployment, wrongs: Wrongs): string[] {
  const all = Object.values(wrongs).flat()
  const keys = all.flatMap((each) => each.match(/[\w-]{22}/g) ?? [])
  const tells = (line: string) =>
    (wrongs.failed.length > 0 && line.includes('"level":50')) || keys.some((key) => line.includes(key))
  return members.flatMap(({ serving }) => serving.output().split('\n').filter(tells))
}
