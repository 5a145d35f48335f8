import { Command } from 'commander'
import { sentencesOf } from '../../../core/backup/came-back.js'
import { OPERATOR_ACTOR } from '../../../core/token/history.js'
import { revokeIssuedBefore } from '../../../tokens/incident/revoke-issued-before.js'
import { confirmRestore } from '../../restore/confirm-restore.js'
import type { Shell } from '../shell.js'

interface ConfirmOptions {
  readonly accept?: true
  readonly revokeAll?: true
}

const OPERATOR = { username: OPERATOR_ACTOR }

/** `postern restore confirm`. */
export function confirmCommand(shell: Shell): Command {
  return new Command('confirm')
    .description('Confirm a restore: say what becomes of that which may have come back, and open the site.')
    .option('--accept', 'nothing was taken away since the backup, or it was taken away again by hand')
    .option('--revoke-all', 'revoke every session and token of the backup')
    .action(({ accept, revokeAll }: ConfirmOptions) =>
      shell.run(async (context) => {
        const { unconfirmed } = context.restoreLock
        if (unconfirmed.length === 0) return shell.print('No restore waits to be confirmed.')
        for (const sentence of sentencesOf(unconfirmed)) shell.print(sentence)
        if (!accept && !revokeAll) return shell.fail('Nothing was changed. Add --accept or --revoke-all.')
        if (revokeAll) {
          // Times are whole seconds: a token of this very second is not before now.
          const revoked = await revokeIssuedBefore(context, context.clock() + 1, OPERATOR)
          shell.print(`Revoked ${revoked.sessions} sessions and ${revoked.tokens} tokens.`)
        }
        await confirmRestore(context, { by: revokeAll ? 'revoke-all' : 'accept' }, OPERATOR)
        shell.print('The restore is confirmed. A running server admits tokens within a few seconds.')
      }),
    )
}
