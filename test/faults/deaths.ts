import type { Chance } from '../support/chance.js'

/** The scenes in which servers are to die. */
export interface Trial<Scene extends { readonly name: string }> {
  readonly scenes: readonly Scene[]
  /** Plays a scene in which the server dies `before 2` or `after 1` of its writes; returns whether it did. */
  play(scene: Scene, dies: string): Promise<boolean>
  onDeath(what: string): void
}

const WHEN = ['before', 'after'] as const
/** More writes than any operation has; and as many as each of them has. */
const MOST_WRITES = 30
const COMMON_WRITES = 3

/**
 * Has a server die by SIGKILL at every write of every operation: before it is sent, and after, when no client knows what became
 * of it. Returns how often one died.
 */
export async function dieAtEveryWrite<Scene extends { readonly name: string }>(trial: Trial<Scene>): Promise<number> {
  let deaths = 0
  for (const scene of trial.scenes) {
    const before = deaths
    for (const when of WHEN) {
      for (let write = 1; write <= MOST_WRITES; write++) {
        if (!(await diesAt(trial, scene, `${when} ${write}`))) break
        deaths++
      }
    }
    if (deaths === before) throw misjudged(scene)
  }
  return deaths
}

/** As {@link dieAtEveryWrite}, but at so many that are drawn by lot. */
export async function dieAtSomeWrites<Scene extends { readonly name: string }>(
  trial: Trial<Scene>,
  chance: Pick<Chance, 'pick' | 'between'>,
  times: number,
): Promise<number> {
  const mortal = new Set<Scene>()
  let deaths = 0
  while (deaths < times) {
    const scene = chance.pick(trial.scenes)
    const drawn = `${chance.pick(WHEN)} ${chance.between(1, COMMON_WRITES)}`
    // An operation may have fewer writes than were drawn, and has a first one.
    const tries = mortal.has(scene) ? [drawn] : [drawn, ...WHEN.map((when) => `${when} 1`)]
    const before = deaths
    for (const dies of tries) {
      if (!(await diesAt(trial, scene, dies))) continue
      deaths++
      mortal.add(scene)
      break
    }
    if (deaths === before && !mortal.has(scene)) throw misjudged(scene)
  }
  return deaths
}

async function diesAt<Scene extends { readonly name: string }>(
  { play, onDeath }: Trial<Scene>,
  scene: Scene,
  dies: string,
): Promise<boolean> {
  if (!(await play(scene, dies))) return false
  const [when, write] = dies.split(' ')
  onDeath(`${scene.name}: dead ${when} write ${write}`)
  return true
}

/** A scene in which no server can be made to die would prove nothing for ever. */
const misjudged = ({ name }: { readonly name: string }) => new Error(`No server died while ${name}`)
