import { Refusal } from '../../core/access/refusal.js'
import { isWithin } from '../../core/access/restriction.js'
import type { NarrowedToken, Reduction } from '../../core/backup/reductions.js'
import type { ReasonedActor } from '../../core/token/history.js'
import type { TokenRecord } from '../../core/token/record.js'
import { homeOf, isIssuedHere, type TokenKey } from '../../core/token/token.js'
import { disableAccount } from '../../login/account-status.js'
import { removePasskeys } from '../../login/passkeys/remove-passkey.js'
import { removeClient } from '../../openid/clients.js'
import { withdrawConsent } from '../../openid/consents.js'
import { programTopic } from '../../storage/cache/topic.js'
import type { Context } from '../../storage/context.js'
import { markGone } from '../../storage/postgres/imports/marks.js'
import { deleteGrant } from '../../storage/postgres/programs/grants.js'
import { deleteProgram } from '../../storage/postgres/programs/load.js'
import { isSuspended } from '../../storage/postgres/suspensions/suspensions.js'
import { applyRevocation, recordRevocation } from '../../storage/revocations.js'
import { commit } from '../../storage/unit-of-work.js'
import { editUserToken } from '../../tokens/edit.js'
import { liftSuspension } from '../../tokens/incident/lift-suspension.js'
import { lockDown } from '../../tokens/incident/lockdown.js'
import { revokeIssuedBefore } from '../../tokens/incident/revoke-issued-before.js'
import { suspendTokens } from '../../tokens/incident/suspend.js'
import { revokeToken } from '../../tokens/revoke.js'
import { asOneAct } from '../../tokens/several/one-act.js'

/** What became of acts that were done again. */
export interface AppliedReductions {
  readonly applied: number
  /** What they took away is not in the backup. */
  readonly absent: number
  /** What an operator has to do: sentences. */
  readonly remedies: readonly string[]
}

/** Takes away again what was taken away after a backup. Idempotent: an act that is done again finds nothing. */
export async function applyReductions(
  context: Context,
  reductions: readonly Reduction[],
  by: ReasonedActor,
): Promise<AppliedReductions> {
  const actor = asOneAct(context, by)
  let applied = 0
  const remedies: string[] = []
  for (const reduction of reductions) {
    if (reduction.is === 'by hand') remedies.push(reduction.remedy)
    else if (await apply(context, reduction, actor)) {
      applied++
      if (reduction.is === 'suspended') remedies.push(reduction.remedy)
    }
  }
  const byHand = reductions.filter(({ is }) => is === 'by hand').length
  return { applied, absent: reductions.length - byHand - applied, remedies: [...new Set(remedies)] }
}

type Applied = Exclude<Reduction, { readonly is: 'by hand' }>

/** @returns whether there was anything to take away */
async function apply(context: Context, reduction: Applied, actor: ReasonedActor): Promise<boolean> {
  switch (reduction.is) {
    case 'ended':
      return endToken(context, reduction, actor)
    case 'held':
      return holdToken(context, reduction, actor)
    case 'lifted':
      return isDone(await liftSuspension(context, { username: reduction.username, key: reduction.key }, actor))
    case 'narrowed': {
      const { username, key, to } = reduction
      const edit = { username, key, become: become(to), rule: () => [], actor }
      return isDone(await editUserToken(context, edit)) || keepOut(context, key)
    }
    case 'disabled':
    case 'suspended':
      return isDone(await disableAccount(context, reduction.username, actor))
    case 'passkey':
      return isDone(await removePasskeys(context, reduction, actor))
    case 'grant':
      return commit(context, (work) => {
        work.invalidate(programTopic(reduction.program))
        return deleteGrant(work, reduction, actor, context.clock())
      })
    case 'program':
      return (await deleteProgram(context, reduction.id, actor, context.clock())) === true
    case 'client':
      return isDone(await removeClient(context, reduction.id, actor))
    case 'consent':
      return isDone(await withdrawConsent(context, reduction, actor))
    case 'everything': {
      const { sessions, tokens } = await revokeIssuedBefore(context, reduction.issuedBefore, actor)
      return sessions + tokens > 0
    }
    case 'lockdown':
      return (await lockDown(context, reduction.reason, actor)) === undefined
    case 'enabled':
    case 'unlocked':
      return false
  }
}

const isDone = (outcome: unknown): boolean => !(outcome instanceof Refusal)

/** A token never gets more by it than it has: of two edits, the second may have widened it. */
function become({ scopes, expires, restriction }: NarrowedToken) {
  return ({ name = '', ...token }: TokenRecord) => {
    const end = Math.min(expires ?? Number.POSITIVE_INFINITY, token.expires ?? Number.POSITIVE_INFINITY)
    const places = restriction && isWithin(restriction, token.restriction) ? restriction : token.restriction
    return {
      name,
      scopes: token.scopes.filter((scope) => scopes === undefined || scopes.includes(scope)),
      ...(end !== Number.POSITIVE_INFINITY && { expires: end }),
      ...(places && { restriction: places }),
    }
  }
}

/** Suspends a token anew; one that the backup does not have is kept out. */
async function holdToken(
  context: Context,
  { reason, ...held }: Extract<Reduction, { readonly is: 'held' }>,
  actor: ReasonedActor,
): Promise<boolean> {
  const suspending = reason === undefined ? actor : { ...actor, reason }
  if ((await suspendTokens(context, [held], { actor: suspending })) > 0) return true
  if (await isSuspended(context.postgres.prisma, held.key)) return true
  return endToken(context, { ...held, is: 'ended' }, actor)
}

/**
 * Attack: a delegated token that was revoked is not in the backup, and is derived again with the same secret. So its
 * revocation is recorded without it.
 */
async function endToken(
  context: Context,
  { key, username, expires, delegated }: Extract<Reduction, { readonly is: 'ended' }>,
  actor: ReasonedActor,
): Promise<boolean> {
  if (isDone(await revokeToken(context, username, key, actor))) return true
  if (homeOf(key) === 'postgres') return keepOut(context, key)
  if (expires === undefined || expires <= context.clock()) return false
  return commit(
    context,
    (work) => recordRevocation(work, { key, username, expires, delegated }),
    () => applyRevocation(context.redis, { key, username, expires, delegated }),
  )
}

/**
 * Keeps out a token of another site that is not in the backup. Returns whether there is a way in for it.
 *
 * Attack: it was imported after the backup, and revoked. The store that it came from still has it, and with its next use it would
 * be taken over once more.
 */
async function keepOut({ postgres, keys, clock }: Context, key: TokenKey): Promise<boolean> {
  if (isIssuedHere(keys.tokenKeys, key)) return false
  await markGone(postgres.prisma, key, clock())
  return true
}
