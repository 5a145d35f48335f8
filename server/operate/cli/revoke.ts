import { Command, InvalidArgumentError } from 'commander'
import { parseInstant } from '../../core/parse-instant.js'
import { type EpochSeconds, isoTime } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { previewIssuedBefore, revokeIssuedBefore } from '../../tokens/incident/revoke-issued-before.js'
import type { Shell } from './shell.js'

interface RevokeOptions {
  readonly before: EpochSeconds | 'now'
  readonly all: true
  readonly yes?: true
}

/** `postern revoke --before T --all`. */
export function revokeCommand(shell: Shell): Command {
  return new Command('revoke')
    .description('Break glass: revoke the sessions and tokens of all users. Says first how many there are.')
    .requiredOption('--before <time>', 'those issued before this: ISO 8601 in UTC, epoch seconds, or "now"', instant)
    .requiredOption('--all', 'of all users; for one user see "postern token" and the pages of administrators')
    .option('--yes', 'revoke; without it nothing is changed')
    .action(({ before, yes }: RevokeOptions) =>
      shell.run(async (context) => {
        const now = context.clock()
        // Times are whole seconds: a token of this very second is not before "now".
        const instant = before === 'now' ? now + 1 : before
        if (instant > now + 1) throw new InvalidArgumentError('--before must not be in the future.')
        const counts = await previewIssuedBefore(context, instant)
        const { sessions, userTokens, serviceTokens, users } = counts
        shell.print(`Issued before ${isoTime(instant)} and valid, with the tokens made with them, of ${users} users:`)
        shell.print(`  sessions        ${sessions}`)
        shell.print(`  user tokens     ${userTokens}`)
        shell.print(`  service tokens  ${serviceTokens}`)
        if (!yes) return shell.print('Nothing was revoked. Add --yes to revoke them.')
        const revoked = await revokeIssuedBefore(context, instant, { username: OPERATOR_ACTOR })
        shell.print(`Revoked ${revoked.sessions} sessions and ${revoked.tokens} tokens.`)
      }),
    )
}

function instant(text: string): EpochSeconds | 'now' {
  const at = text === 'now' ? text : parseInstant(text)
  if (at === undefined) throw new InvalidArgumentError('It must be a time such as 2026-12-19T09:41, or "now".')
  return at
}
