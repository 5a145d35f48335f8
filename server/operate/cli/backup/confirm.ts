import { Command } from 'commander'
import { sentencesOf, takenFirst } from '../../../core/backup/came-back.js'
import { settle } from '../../../core/backup/reductions.js'
import { type EpochSeconds, isoTime } from '../../../core/time.js'
import { OPERATOR_ACTOR } from '../../../core/token/history.js'
import type { Context } from '../../../storage/context.js'
import { revokeIssuedBefore } from '../../../tokens/incident/revoke-issued-before.js'
import { applyReductions } from '../../restore/apply-reductions.js'
import { confirmRestore } from '../../restore/confirm-restore.js'
import { type ReadLog, readLogs } from '../../restore/read-logs.js'
import type { Shell } from '../shell.js'

interface ConfirmOptions {
  readonly accept?: true
  readonly revokeAll?: true
  readonly revocations?: readonly string[]
}

const OPERATOR = { username: OPERATOR_ACTOR }
const AGAIN = { ...OPERATOR, reason: 'Taken away after the backup that was restored' }

/** What `--revocations` takes. */
export const LOGS =
  'journals of revocations, JSON logs of Postern, or exports of the audit trail, since before the backup'

/** `postern restore confirm`. */
export function confirmCommand(shell: Shell): Command {
  return new Command('confirm')
    .description('Confirm a restore: say what becomes of that which may have come back, and open the site.')
    .option('--revocations <files...>', `take away again what these say was taken away: ${LOGS}`)
    .option('--accept', 'nothing was taken away since the backup, or it was taken away again by hand')
    .option('--revoke-all', 'revoke every session and token of the backup')
    .action((options: ConfirmOptions) =>
      shell.run(async (context) => {
        const { unconfirmed } = context.restoreLock
        if (unconfirmed.length === 0) return shell.print('No restore waits to be confirmed.')
        for (const sentence of sentencesOf(unconfirmed)) shell.print(sentence)
        await confirm(shell, context, options)
      }),
    )
}

/** Applies the logs, and confirms the restore if nothing is left to an operator. */
export async function confirm(shell: Shell, context: Context, options: ConfirmOptions): Promise<void> {
  const { accept, revokeAll, revocations } = options
  const taken = takenFirst(context.restoreLock.unconfirmed)
  if (taken === undefined) return
  if (!accept && !revokeAll && !revocations)
    return shell.fail('Nothing was changed. Add --revocations, --revoke-all or --accept.')
  const open = revocations ? await applyLogs(shell, context, { files: revocations, taken }) : []
  if (revokeAll) {
    // Times are whole seconds: a token of this very second is not before now.
    const revoked = await revokeIssuedBefore(context, context.clock() + 1, OPERATOR)
    shell.print(`Revoked ${revoked.sessions} sessions and ${revoked.tokens} tokens.`)
  }
  if (open.length > 0 && !accept) {
    return shell.fail(
      'The restore is not confirmed. This is left to do by hand:',
      ...open.map((each) => `  ${each}`),
      'Then: npx postern restore confirm --accept',
    )
  }
  const by = [revocations && 'revocations', revokeAll && 'revoke-all', accept && 'accept'].filter(Boolean)
  await confirmRestore(context, { by }, OPERATOR)
  shell.print('The restore is confirmed. A running server admits tokens within a few seconds.')
}

/** @returns what is left to an operator */
async function applyLogs(
  shell: Shell,
  context: Context,
  { files, taken }: { readonly files: readonly string[]; readonly taken: EpochSeconds },
): Promise<readonly string[]> {
  const logs = await readLogs(files, taken)
  const reductions = settle(logs.flatMap(({ log }) => log.found))
  const { applied, absent, remedies } = await applyReductions(context, reductions, AGAIN)
  shell.print(`Taken away again: ${applied}. Not in the backup, or taken away there, too: ${absent}.`)
  for (const { file, log } of logs) {
    if (log.last !== undefined)
      shell.print(`${file} ends at ${isoTime(log.last)}: what was taken away later is not in it.`)
  }
  return [...logs.flatMap((log) => faultsOf(log, taken)), ...remedies]
}

function faultsOf({ file, log }: ReadLog, taken: EpochSeconds): string[] {
  const start = log.first === undefined ? 'has no event' : `begins at ${isoTime(log.first)}`
  const gap = `${file} ${start}, after the backup of ${isoTime(taken)}: put the one before it in front of it (cat), or look at what was done in between`
  const unreadable = log.unreadable.map((line) => `look at line ${line} of ${file}, which cannot be read`)
  return [...(log.reachesBack ? [] : [gap]), ...unreadable]
}
