import { Command, InvalidArgumentError } from 'commander'
import { Refusal } from '../../core/access/refusal.js'
import { ANNOUNCED_FOR } from '../../core/openid/signing-schedule.js'
import { type EpochSeconds, isoTime, MINUTE } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { listKeys, rotateKey } from '../../openid/keys/rotate-key.js'
import { duration } from '../../settings/values.js'
import type { Shell } from './shell.js'

const OPERATOR = { username: OPERATOR_ACTOR }
/** Processes read a new key within that time, with or without Redis. */
const LEAST = 5 * MINUTE

interface RotateOptions {
  readonly announce: EpochSeconds
  readonly compromised?: true
}

/** `postern openid rotate-key|keys`. */
export function openIdCommands(shell: Shell): Command {
  const openid = new Command('openid').description('The key that signs ID tokens, where it is a generated one.')

  openid
    .command('rotate-key')
    .description(
      'Announce a new key, which signs later; the present one is published until its last ID token has ended.',
    )
    .option('--announce <duration>', 'how long clients have to read the new key before it signs', span, ANNOUNCED_FOR)
    .option('--compromised', 'the new key signs at once, and the others are withdrawn: what they signed is refused')
    .action(({ announce, compromised }: RotateOptions) =>
      shell.run(async (context) => {
        const rotated = await rotateKey(context, compromised ? 'compromised' : announce, OPERATOR)
        if (rotated instanceof Refusal) return shell.refuse(context, rotated)
        const { kid, signsFrom, retires } = rotated
        if (compromised) return shell.print(`The key ${kid} signs ID tokens now. The others are withdrawn.`)
        shell.print(`The key ${kid} is published, and signs ID tokens from ${isoTime(signsFrom)}.`)
        shell.print(`The keys before it are published until ${isoTime(retires)}.`)
      }),
    )

  openid
    .command('keys')
    .description('List the keys that are published.')
    .action(() =>
      shell.run(async (context) => {
        const keys = await listKeys(context)
        if (keys instanceof Refusal) return shell.refuse(context, keys)
        const rows = keys.map(({ jwk, signsFrom, retires }, index) => [
          jwk.kid,
          index === 0 ? 'signs' : signsFrom > context.clock() ? 'announced' : 'published',
          isoTime(signsFrom),
          retires === undefined ? '-' : isoTime(retires),
        ])
        shell.printTable([['KEY', 'STATE', 'SIGNS FROM', 'PUBLISHED UNTIL'], ...rows])
      }),
    )

  return openid
}

function span(text: string): EpochSeconds {
  const read = duration.safeParse(text)
  if (!read.success || read.data < LEAST) throw new InvalidArgumentError('It must be 5m or longer, such as 1h.')
  return read.data
}
