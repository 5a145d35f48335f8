import type { Chance } from '../support/chance.js'
import { Caller, checkOf, type Question } from '../support/clients/caller.js'
import { eventually } from '../support/eventually.js'
import { answerTo, namesOf, type Outcome, outcomeOf, PATIENCE, rotatedAfterAll, rotationOf } from './answers.js'
import type { Deployment, Member } from './deployment.js'
import { type Entry, KEPT, type Ledger, nameOf } from './ledger.js'
import { credentials } from './load.js'
import type { Operations } from './operations.js'

export interface Stage {
  readonly deployment: Deployment
  readonly ledger: Ledger
  readonly operations: Operations
  readonly chance: Chance
}

/** An operation in the middle of which a server dies, and the retry of a client that never received the outcome. */
export interface Scene {
  readonly name: string
  /** Does it, by way of the server that is to die; answers how to go on by way of another. */
  play(stage: Stage, victim: Caller, dies: Question['headers'], other: Caller): Promise<Played>
}

export interface Played {
  readonly outcome: Outcome
  /** Does it again where it may not have been done, and says what is neither done nor undone. */
  settle(): Promise<string | undefined>
}

/** A user token that was just made, for this scene alone; and one of another kind. */
const fresh = async ({ deployment, operations, ledger, chance }: Stage, by: Caller): Promise<Entry> => {
  const before = ledger.entries.length
  const { name, creator } = chance.pick(deployment.people)
  const made = async () => {
    const called = operations.newName()
    await operations.create(by, { owner: name, creator, name: called })
    const free = new Set(ledger.living('user'))
    const entry = ledger.entries.slice(before).find((each) => free.has(each))
    if (entry) ledger.hold(entry)
    return entry ?? false
  }
  return eventually(made, PATIENCE)
}

const freshOf = async (stage: Stage, kind: Entry['kind'], by: Caller): Promise<Entry> => {
  const { operations, deployment, ledger, chance } = stage
  const before = ledger.entries.length
  const parent = kind === 'delegated' ? await fresh(stage, by) : undefined
  const { name } = chance.pick(deployment.people)
  return eventually(async () => {
    if (parent) await operations.delegate(by, parent)
    else await operations.signIn(by, name, deployment.password)
    const made = ledger.entries.slice(before)
    const entry = made.find((each) => each.kind === kind && (!parent || each.parent === parent))
    if (entry) ledger.hold(entry)
    return entry ?? false
  }, PATIENCE)
}

/** Ends a token, however often it takes. */
const endOf = (entry: Entry, how: (entry: Entry) => Promise<Outcome>) => async () =>
  (await outcomeOf(() => how(entry))) === 'done' ? undefined : `${nameOf(entry)} could not be ended`

const revocation = (name: string, make: (stage: Stage, by: Caller) => Promise<Entry>): Scene => ({
  name,
  async play(stage, victim, dies, other) {
    const entry = await make(stage, other)
    const outcome = await stage.operations.revoke(victim, entry, dies)
    return { outcome, settle: endOf(entry, (each) => stage.operations.revoke(other, each)) }
  },
})

const rotation = (name: string, overlap: 0 | 3600): Scene => ({
  name,
  async play(stage, victim, dies, other) {
    const { operations } = stage
    const entry = await fresh(stage, other)
    const names = () => namesOf(() => operations.list(other, entry.owner))
    const before = await names()
    const outcome = await operations.rotate(victim, entry, overlap, dies)
    const settle = async () => {
      const stateNow = async () => rotationOf(entry, overlap, before, await names())
      const state = await stateNow()
      if (state === 'half') return `the rotation of ${nameOf(entry)} was done by half`
      if (state === 'undone' && overlap === 3600) {
        const rotate = () => operations.rotate(other, entry, overlap)
        return (await rotatedAfterAll(rotate, stateNow)) ? undefined : `${nameOf(entry)} could not be rotated`
      }
      return endOf(entry, (each) => operations.revoke(other, each))()
    }
    return { outcome, settle }
  },
})

/** A token that is suspended and then let go again, by two requests of which one has a server die. */
const suspension = (name: string, dying: 'suspend' | 'lift'): Scene => ({
  name,
  async play(stage, victim, dies, other) {
    const { operations } = stage
    const entry = await fresh(stage, other)
    const suspend = () => operations.suspend(other, entry)
    if (dying === 'lift' && (await outcomeOf(suspend)) !== 'done') throw new Error(`${nameOf(entry)} is not suspended`)
    const outcome = await operations[dying](victim, entry, dies)
    const settle = async () => {
      if (dying === 'suspend') {
        if ((await outcomeOf(suspend)) !== 'done') return `${nameOf(entry)} could not be suspended`
        if (!(await isEverywhere(stage, entry, 401))) return `${nameOf(entry)} is suspended, and admitted`
      }
      if ((await outcomeOf(() => operations.lift(other, entry))) !== 'done')
        return `${nameOf(entry)} could not be let go`
      if (!(await isEverywhere(stage, entry, 200))) return `${nameOf(entry)} was let go, and is refused`
      return endOf(entry, (each) => operations.revoke(other, each))()
    }
    return { outcome, settle }
  },
})

/** Whether every server answers a check of a token so, as soon as what it remembered is too old. */
async function isEverywhere({ deployment }: Stage, entry: Entry, status: number): Promise<boolean> {
  const isSo = async ({ serving }: Member) => {
    const caller = new Caller(serving.port)
    const check = () => answerTo(() => caller.ask(checkOf(`scope=${KEPT}`, credentials(entry))))
    const isAnswered = () => eventually(async () => (await check()).status === status, PATIENCE)
    return isAnswered()
      .then(
        () => true,
        () => false,
      )
      .finally(() => caller.close())
  }
  // The server that died is started again only after this.
  const there = deployment.members.filter(({ serving }) => !serving.hasEnded())
  return (await Promise.all(there.map(isSo))).every(Boolean)
}

export const SCENES: readonly Scene[] = [
  {
    name: 'creating a token',
    async play({ operations, deployment, chance }, victim, dies, other) {
      const { name: owner, creator } = chance.pick(deployment.people)
      const name = operations.newName()
      const outcome = await operations.create(victim, { owner, creator, name }, dies)
      const settle = async () => {
        const isThere = async () => [...(await namesOf(() => operations.list(other, owner))).values()].includes(name)
        const wasThere = await isThere()
        const again = await outcomeOf(() => operations.create(other, { owner, creator, name }))
        if (again === 'done') return wasThere ? `the name "${name}" is free` : undefined
        // The commit of the dead server, or of a retry without an answer, may have come after the list.
        return wasThere || (await isThere()) ? undefined : `the name "${name}" is not free`
      }
      return { outcome, settle }
    },
  },
  {
    name: 'editing a token',
    async play(stage, victim, dies, other) {
      const entry = await fresh(stage, other)
      const outcome = await stage.operations.narrow(victim, entry, dies)
      const settle = async () => {
        const again = await outcomeOf(() => stage.operations.narrow(other, entry))
        return again === 'done' ? undefined : `${nameOf(entry)} could not be edited: ${again}`
      }
      return { outcome, settle }
    },
  },
  revocation('revoking a user token', fresh),
  revocation('revoking a session', (stage, by) => freshOf(stage, 'session', by)),
  revocation('revoking a delegated token', (stage, by) => freshOf(stage, 'delegated', by)),
  suspension('suspending a token', 'suspend'),
  suspension('lifting a suspension', 'lift'),
  rotation('rotating a token, the old one ends', 0),
  rotation('rotating a token, the old one works on', 3600),
  {
    name: 'delegating a token',
    async play(stage, victim, dies, other) {
      const parent = await fresh(stage, other)
      const outcome = await stage.operations.delegate(victim, parent, dies)
      const settle = async () =>
        (await outcomeOf(() => stage.operations.delegate(other, parent))) === 'done'
          ? undefined
          : `nothing more comes of ${nameOf(parent)}`
      return { outcome, settle }
    },
  },
  {
    name: 'signing in',
    async play(stage, victim, dies, other) {
      const { name } = stage.chance.pick(stage.deployment.people)
      const { password } = stage.deployment
      const outcome = await stage.operations.signIn(victim, name, password, dies)
      const settle = async () =>
        (await outcomeOf(() => stage.operations.signIn(other, name, password))) === 'done'
          ? undefined
          : `${name} cannot sign in any more`
      return { outcome, settle }
    },
  },
]
