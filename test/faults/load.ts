import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from '../support/chance.js'
import { bearer, Caller, checkOf } from '../support/clients/caller.js'
import { isKnown, isOutage } from './answers.js'
import type { Deployment, Member } from './deployment.js'
import { type Entry, KEPT, type Ledger, nameOf, WIDER } from './ledger.js'
import type { Operations } from './operations.js'

const CHECKERS = 4
const CHANGERS = 3
const CHECK_PAUSE_MS = 4
const CHANGE_PAUSE_MS = 60
/** The number of valid tokens; beyond it, more are revoked than created. */
const ENOUGH = 150

export interface RunningLoad {
  readonly counts: { checks: number; changes: number; unknown: number }
  stop(): Promise<void>
}

/** Users and scripts that use every server, through every fault. */
export function startLoad(deployment: Deployment, ledger: Ledger, operations: Operations, chance: Chance): RunningLoad {
  const counts = { checks: 0, changes: 0, unknown: 0 }
  let stopped = false
  const repeat = async (pauseMs: number, work: () => Promise<void>) => {
    while (!stopped) {
      await work()
      await sleep(pauseMs)
    }
  }
  const callers = deployment.members.map((member) => ({ member, caller: () => new Caller(member.serving.port, 9_000) }))
  const clients = (count: number, pauseMs: number, work: (member: Member, caller: Caller) => Promise<void>) =>
    Array.from({ length: count }, () => {
      const own = callers.map(({ member, caller }) => ({ member, caller: caller() }))
      return repeat(pauseMs, () => {
        const { member, caller } = chance.pick(own)
        return work(member, caller)
      })
    })
  const checkers = clients(CHECKERS, CHECK_PAUSE_MS, async (member, caller) => {
    counts.checks++
    await check(deployment, ledger, chance, member, caller)
  })
  const changers = clients(CHANGERS, CHANGE_PAUSE_MS, async (_member, caller) => {
    counts.changes++
    if ((await change(deployment, ledger, operations, chance, caller)) === 'unknown') counts.unknown++
  })
  return {
    counts,
    async stop() {
      stopped = true
      await Promise.all([...checkers, ...changers])
    },
  }
}

/** One check: mostly of an issued token, sometimes of a forged one. */
async function check(
  deployment: Deployment,
  ledger: Ledger,
  chance: Chance,
  member: Member,
  caller: Caller,
): Promise<void> {
  const { name } = member.serving
  const entry = ledger.entries.length > 0 ? pickEntry(ledger, chance) : undefined
  if (!entry || chance.next() < 0.05) return checkForgery(ledger, entry, name, caller)
  const scope = chance.next() < 0.3 && entry.kind === 'user' ? WIDER : KEPT
  const calm = deployment.calmSince
  const askedAt = performance.now()
  const reply = await caller.ask(checkOf(`scope=${scope}`, credentials(entry)))
  if (isKnown(reply)) ledger.judge(entry, scope, reply, name)
  if (isKnown(reply) && reply.status === 500) ledger.note('failed', `a check of ${nameOf(entry)}, by ${name}`)
  if (isOutage(reply, { askedAt, calm, calmNow: deployment.calmSince }))
    ledger.note('refused', `${nameOf(entry)}: ${isKnown(reply) ? reply.status : reply.message}, by ${name}`)
}

/** The latest ones more often: what has just been changed is where mistakes are. */
function pickEntry({ entries }: Ledger, chance: Chance): Entry | undefined {
  const recent = chance.next() < 0.5 ? Math.min(40, entries.length) : entries.length
  return entries[entries.length - 1 - Math.floor(chance.next() * recent)]
}

export function credentials({ kind, text }: Entry): Readonly<Record<string, string>> {
  return kind === 'session' ? { Cookie: `postern=${text}` } : bearer(text)
}

/** A secret that is another's, or a token that was never made. */
async function checkForgery(ledger: Ledger, entry: Entry | undefined, by: string, caller: Caller): Promise<void> {
  const part = () => randomBytes(16).toString('base64url')
  const forged = `gt-${entry?.key ?? part()}.${part()}`
  const reply = await caller.ask(checkOf(`scope=${KEPT}`, bearer(forged)))
  if (isKnown(reply) && reply.status === 200) ledger.note('admitted', `a forged token, ${forged}, by ${by}`)
}

/** One operation by a user. A revocation with an unknown outcome is requested again until it is confirmed. */
async function change(deployment: Deployment, ledger: Ledger, operations: Operations, chance: Chance, caller: Caller) {
  const { name, creator } = chance.pick(deployment.people)
  const users = ledger.living('user')
  const lot = chance.next()
  if (users.length < 10 || (lot < 0.4 && users.length < ENOUGH))
    return operations.create(caller, { owner: name, creator })
  if (lot < 0.5) return operations.delegate(caller, chance.pick(users))
  if (lot < 0.58) return operations.signIn(caller, name, deployment.password)
  if (lot < 0.66) return operations.narrow(caller, chance.pick(users))
  if (lot < 0.74) return operations.rotate(caller, chance.pick(users), chance.next() < 0.6 ? 0 : 3600)
  const unsure = ledger.unconfirmed()
  if (unsure.length > 0 && lot < 0.85) return operations.revoke(caller, chance.pick(unsure))
  const others = [...ledger.living('session'), ...ledger.living('delegated')]
  const target = others.length > 0 && lot > 0.92 ? chance.pick(others) : chance.pick(users)
  return operations.revoke(caller, target)
}
