import { setTimeout as sleep } from 'node:timers/promises'
import { Caller } from '../support/clients/caller.js'
import { type Member, revive } from './deployment.js'
import type { Scene, Stage } from './scenes.js'

/** Plays a scene, and returns whether the server died of it; it does not when the operation has fewer writes than that. */
export async function playOnce(stage: Stage, scene: Scene, dies: string): Promise<boolean> {
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
