import { Command, InvalidArgumentError } from 'commander'
import type { ChainHead } from '../../../core/audit/chain.js'
import { verifyChain } from '../../../storage/audit/verify-chain.js'
import type { Shell } from '../shell.js'
import { storesCommand } from './stores.js'

interface VerifyOptions {
  readonly head?: ChainHead
}

/** `postern audit verify|stores`. */
export function auditCommands(shell: Shell): Command {
  const audit = new Command('audit').description(
    'The audit trail, which has every act and every refusal; and the stores.',
  )

  audit
    .command('verify')
    .description('Verify the hash chain of the audit events; names the first that was edited, deleted or moved.')
    .option('--head <position:hash>', 'a head from the log, which the chain must contain', headOf)
    .action(({ head }: VerifyOptions) =>
      shell.run(async ({ postgres, alarms }) => {
        const verified = await verifyChain(postgres, head)
        if ('links' in verified) {
          const last = `${verified.head.position}:${verified.head.hash}`
          return shell.print(`The chain is whole: ${verified.links} events. Head ${last}`)
        }
        alarms.raise({ key: 'audit-chain', text: 'The audit chain is broken: postern audit verify names the event.' })
        shell.fail(`postern: The audit chain is broken: event ${verified.position} ${FAULTS[verified.fault]}.`)
      }),
    )

  return audit.addCommand(storesCommand(shell))
}

const FAULTS = {
  missing: 'is missing',
  changed: 'was edited or moved',
} as const

function headOf(text: string): ChainHead {
  const [, position, hash = ''] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (position === undefined)
    throw new InvalidArgumentError('It must be a position, a colon and 64 hexadecimal digits.')
  return { position: Number(position), hash }
}
