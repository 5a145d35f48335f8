import { CHECK_NAMES, type CheckName, type Finding } from '../../core/stores-audit/checks.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'
import { commit } from '../../storage/unit-of-work.js'
import { deleteForged, MENDERS_OF_REDIS } from './mend-redis.js'
import { MENDERS_OF_ROWS } from './mend-rows.js'
import { endHistories, revokeTokens } from './mend-tokens.js'
import type { Mender } from './mender.js'

const MENDERS: Readonly<Partial<Record<CheckName, Mender>>> = {
  ...MENDERS_OF_REDIS,
  ...MENDERS_OF_ROWS,
  'redis-seal': deleteForged,
  'redis-key': deleteForged,
  'openid-seal': deleteForged,
  'redis-ended': revokeTokens,
  'redis-history': revokeTokens,
  'redis-orphan': revokeTokens,
  'postgres-ended': revokeTokens,
  'postgres-orphan': revokeTokens,
  'history-unended': endHistories,
}

/** Subjects that an audit event names; the others are counted. */
const MAX_NAMED = 100

/** Mends findings, check by check. The audit event of a repair is committed before it. */
export async function mendFindings(context: Context, findings: readonly Finding[]): Promise<ReadonlySet<unknown>> {
  const mended = new Set<Finding>()
  for (const check of CHECK_NAMES) {
    const found = findings.filter((finding) => finding.check === check)
    const mend = MENDERS[check]
    if (!mend || found.length === 0) continue
    await recordRepair(context, check, found)
    for (const each of await mend(context, found)) mended.add(each)
  }
  return mended
}

function recordRepair(context: Context, check: CheckName, found: readonly Finding[]): Promise<void> {
  const subjects = found.slice(0, MAX_NAMED).map(({ subject }) => subject)
  return commit(context, async ({ record }) =>
    record({
      action: 'store.repair',
      actor: { username: OPERATOR_ACTOR },
      object: { type: 'store', id: check },
      details: { count: found.length, subjects },
    }),
  )
}
