import { type Batch, nextBatch, sizeOf } from '../../core/incident/steps.js'
import type { ActId } from '../../core/token/act.js'
import { type ReasonedActor, recordChange } from '../../core/token/history.js'
import { homeOf, type TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import {
  findIncident,
  finishIncident,
  type IncidentAct,
  lockIncident,
  lockTokensByKey,
  noteProgress,
  ownersOf,
  unfinishedIncidents,
} from '../../storage/postgres/incident/acts.js'
import { appendHistory } from '../../storage/postgres/token-history.js'
import { takeLocked } from '../../storage/postgres/tokens.js'
import { findRedisToken } from '../../storage/redis/tokens.js'
import { commit } from '../../storage/unit-of-work.js'
import { type SuspensionTarget, suspendTokens } from '../../tokens/incident/suspend.js'
import { endSessions, revokeToken } from '../../tokens/revoke.js'
import { disableAccount } from '../account-status.js'

/** Tokens in Redis that are ended at the same time; each takes a connection to PostgreSQL. */
const AT_ONCE = 4

/** Acts that one run of the job goes on with. */
const ACTS_PER_RUN = 10

/**
 * Goes on with an act where it is, batch by batch. Each step can be done twice without harm: a process that dies after one, and
 * before it has noted it, leaves it to the next.
 *
 * @param batches at most, so that a request is answered in time; the job does the rest
 * @returns the act as it is then
 */
export async function carryOn(
  context: Context,
  id: ActId,
  batches = Number.POSITIVE_INFINITY,
): Promise<IncidentAct | undefined> {
  const { prisma } = context.postgres
  for (let count = 0; count < batches; count++) {
    const act = await findIncident(prisma, id)
    if (!act || act.finished !== undefined) return act
    const batch = nextBatch(act, act.done)
    if (batch) await perform(context, act, batch)
    else await finishIncident(prisma, id, context.clock())
  }
  return findIncident(prisma, id)
}

/** Goes on with the acts of all administrators that are not finished. @returns how many there were */
export async function carryOnAll(context: Context): Promise<number> {
  const ids = await unfinishedIncidents(context.postgres.prisma, ACTS_PER_RUN)
  for (const id of ids) await carryOn(context, id)
  return ids.length
}

async function perform(context: Context, act: IncidentAct, batch: Batch): Promise<void> {
  const actor: ReasonedActor = { ...act.actor, reason: act.reason, act: act.id }
  if (batch.is === 'tokens' && act.kind === 'revoke' && batch.home === 'postgres') {
    return revokeTogether(context, act, batch.keys, actor)
  }
  if (batch.is === 'tokens' && act.kind === 'revoke') await revokeEach(context, batch.keys, actor)
  if (batch.is === 'tokens' && act.kind === 'suspend') {
    await suspendTokens(context, await targetsOf(context, batch.keys), { actor })
  }
  if (batch.is === 'disable') for (const username of batch.usernames) await disableAccount(context, username, actor)
  if (batch.is === 'sign-out') {
    for (const username of batch.usernames) await endSessions(context, username, actor, act.spared)
  }
  await noteProgress(context.postgres.prisma, act, sizeOf(batch))
}

/** Revokes tokens and notes it, both or neither. */
function revokeTogether(
  context: Context,
  act: IncidentAct,
  keys: readonly TokenKey[],
  actor: ReasonedActor,
): Promise<void> {
  return commit(context, async (work) => {
    const locked = await lockIncident(work.db, act.id)
    // Another process was first.
    if (locked?.done !== act.done) return
    const now = context.clock()
    const taken = await takeLocked(work, await lockTokensByKey(work.db, keys))
    const changes = taken.map((token) => recordChange('revoke', token, actor, now))
    await appendHistory(work, changes, actor)
    await noteProgress(work.db, act, keys.length)
  })
}

/** Finds the owners of tokens; one that has ended meanwhile is passed over. */
async function targetsOf(context: Context, keys: readonly TokenKey[]): Promise<readonly SuspensionTarget[]> {
  const stored = await ownersOf(context.postgres, keys)
  const inRedis = await Promise.all(
    keys.filter((key) => homeOf(key) === 'redis').map((key) => findRedisToken(context, key)),
  )
  const found = inRedis.filter((each) => each !== undefined)
  return [...stored, ...found.map(({ record: { username, key } }) => ({ username, key }))]
}

/** A token that has ended meanwhile is passed over. */
async function revokeEach(context: Context, keys: readonly TokenKey[], actor: ReasonedActor): Promise<void> {
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    await Promise.all(
      keys.slice(from, from + AT_ONCE).map(async (key) => {
        const found = await findRedisToken(context, key)
        if (found) await revokeToken(context, found.record.username, key, actor)
      }),
    )
  }
}
