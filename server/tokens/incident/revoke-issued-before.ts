import { Refusal } from '../../core/access/refusal.js'
import { type EpochSeconds, isoTime } from '../../core/time.js'
import { type ReasonedActor, recordChange } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'
import {
  countIssuedBefore,
  type IssuedBefore,
  sessionsIssuedBefore,
  takeIssuedBefore,
} from '../../storage/postgres/issued-before.js'
import { appendHistory } from '../../storage/postgres/token-history.js'
import { commit } from '../../storage/unit-of-work.js'
import { revokeToken } from '../revoke.js'
import { asOneAct } from '../several/one-act.js'
import { SITE } from './lockdown.js'

const TOKENS_PER_BATCH = 500
/** Sessions that are revoked at the same time; each takes a connection to PostgreSQL. */
const SESSIONS_AT_ONCE = 4
const SESSIONS_PER_QUERY = 500

/** Counts what {@link revokeIssuedBefore} would revoke now, and revokes nothing. */
export function previewIssuedBefore({ postgres, clock }: Context, before: EpochSeconds): Promise<IssuedBefore> {
  return countIssuedBefore(postgres, before, clock())
}

/**
 * Revokes the sessions, user tokens and service tokens of all users that were issued before an instant, with the later tokens
 * that were made with one of them. What was delegated falls with them.
 *
 * The act is recorded before it begins: one that is interrupted has left its trace, and is run again.
 *
 * @returns how many sessions and tokens were revoked
 */
export async function revokeIssuedBefore(
  context: Context,
  before: EpochSeconds,
  by: ReasonedActor,
): Promise<{ readonly sessions: number; readonly tokens: number }> {
  const actor = asOneAct(context, by)
  const expected = await previewIssuedBefore(context, before)
  const facts = { issuedBefore: isoTime(before), ...expected }
  await commit(context, async (work) => work.record({ action: 'revoke.all', actor, object: SITE, before: facts }))
  // Sessions first: with one of them a thief would make a new token while the old ones are being revoked.
  const sessions = await revokeSessions(context, before, actor)
  let tokens = 0
  for (;;) {
    const some = await revokeSomeTokens(context, before, actor)
    if (some === 0) return { sessions, tokens }
    tokens += some
  }
}

async function revokeSessions(context: Context, before: EpochSeconds, actor: ReasonedActor): Promise<number> {
  let revoked = 0
  for (let after = '0'; ; ) {
    const place = { before, now: context.clock(), after }
    const some = await sessionsIssuedBefore(context.postgres, place, SESSIONS_PER_QUERY)
    for (let from = 0; from < some.length; from += SESSIONS_AT_ONCE) {
      const outcomes = await Promise.all(
        some
          .slice(from, from + SESSIONS_AT_ONCE)
          .map(({ username, key }) => revokeToken(context, username, key, actor)),
      )
      revoked += outcomes.filter((outcome) => !(outcome instanceof Refusal)).length
    }
    if (some.length < SESSIONS_PER_QUERY) return revoked
    after = some.at(-1)?.id ?? after
  }
}

function revokeSomeTokens(context: Context, before: EpochSeconds, actor: ReasonedActor): Promise<number> {
  const now = context.clock()
  return commit(context, async (work) => {
    const taken = await takeIssuedBefore(work, { before, now }, TOKENS_PER_BATCH)
    const changes = taken.map((token) => recordChange('revoke', token, actor, now))
    await appendHistory(work, changes, actor)
    return taken.length
  })
}
