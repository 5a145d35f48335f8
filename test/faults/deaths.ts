import { setTimeout as sleep } from 'node:timers/promises'
import { Caller } from '../support/clients/caller.js'
import { type Member, revive } from './deployment.js'
import { SCENES, type Scene, type Stage } from './scenes.js'

/**
 * Has a server die by SIGKILL at every write of every operation: before it is sent, and after, when no client knows what became
 * of it; of those scenes whose name has this in it. Answers how often one died.
 */
export async function dieAtEveryWrite(stage: Stage, onDeath: OnDeath, named = ''): Promise<number> {
  let deaths = 0
  for (const scene of SCENES.filter(({ name }) => name.includes(named))) {
    const before = deaths
    for (const when of WHEN) {
      for (let write = 1; write <= MOST_WRITES; write++) {
        if (!(await playOnce(stage, scene, `${when} ${write}`))) break
        onDeath(`${scene.name}: dead ${when} write ${write}`)
        deaths++
      }
    }
    // A scene in which no server can be made to die would prove nothing for ever.
    if (deaths === before) throw new Error(`No server died while ${scene.name}`)
  }
  return deaths
}

/** As {@link dieAtEveryWrite}, but at so many that are drawn by lot. */
export async function dieAtSomeWrites(stage: Stage, onDeath: OnDeath, times: number): Promise<number> {
  let deaths = 0
  while (deaths < times) {
    const scene = stage.chance.pick(SCENES)
    const dies = `${stage.chance.pick(WHEN)} ${stage.chance.between(1, COMMON_WRITES)}`
    if (!(await playOnce(stage, scene, dies))) continue
    onDeath(`${scene.name}: dead ${dies}`)
    deaths++
  }
  return deaths
}

type OnDeath = (what: string) => void

const WHEN = ['before', 'after'] as const
/** More writes than any operation has; and as many as each of them has. */
const MOST_WRITES = 30
const COMMON_WRITES = 3

/** Whether the server died of it; it did not when the operation has fewer writes than that. */
async function playOnce(stage: Stage, scene: Scene, dies: string): Promise<boolean> {
  const { deployment, ledger } = stage
  const [victim, helper] = deployment.members as [Member, Member]
  const [caller, other] = [new Caller(victim.serving.port), new Caller(helper.serving.port)]
  deployment.calmSince = undefined
  const { outcome, settle } = await scene.play(
    { ...stage, chance: stage.chance.branch() },
    caller,
    { 'X-Dies': dies },
    other,
  )
  // The end of a connection is news before the end of its process is.
  for (let tries = 0; outcome !== 'done' && tries < 100 && !victim.serving.hasEnded(); tries++) await sleep(10)
  const died = victim.serving.hasEnded()
  const wrong = await settle()
  ledger.releaseAll()
  if (wrong !== undefined && died) ledger.note('lost', `${scene.name}, dead ${dies}: ${wrong}`)
  if (died) await revive(victim)
  caller.close()
  other.close()
  const unwell = await deployment.recovered()
  if (unwell !== undefined) ledger.note('refused', `after ${scene.name}, dead ${dies}: ${unwell}`)
  return died
}
