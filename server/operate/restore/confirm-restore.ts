import type { AuditFacts } from '../../core/audit/event.js'
import type { Actor } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'
import { confirmRestores } from '../../storage/postgres/restorations.js'
import { commit } from '../../storage/unit-of-work.js'
import { SITE } from '../../tokens/incident/lockdown.js'

/** Confirms every restore of the site: from then on its tokens and accounts are admitted again. */
export async function confirmRestore(context: Context, how: AuditFacts, actor: Actor): Promise<void> {
  const before = { backups: context.restoreLock.unconfirmed.map(({ backup }) => backup) }
  await commit(context, async ({ db, record }) => {
    if ((await confirmRestores(db, context.clock())) === 0) return
    record({ action: 'restore.confirm', actor, object: SITE, before, details: how })
  })
}
