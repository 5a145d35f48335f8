import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import { CHECKS, type Finding } from '../../../core/stores-audit/checks.js'
import { auditStores } from '../../stores-audit/audit-stores.js'
import type { Shell } from '../shell.js'

interface Options {
  readonly fix?: boolean
  readonly json?: boolean
}

/** Longer than a command to Redis or a transaction of a healthy site takes: what was under way is done by then. */
const PAUSE_MS = 5_000

/** Lines of one check; all are in the JSON. */
const MAX_LINES = 20

/** `postern audit stores`. */
export function storesCommand(shell: Shell): Command {
  return new Command('stores')
    .description(
      'Compare PostgreSQL and Redis, their indexes, histories and seals. Runs beside a serving site; the exit code is 1 where a finding is left.',
    )
    .option('--fix', 'mend what can be mended; without it nothing is changed')
    .option('--json', 'print each finding as a line of JSON')
    .action(({ fix = false, json = false }: Options) =>
      shell.run(async (context) => {
        const report = json ? jsonReport(shell) : textReport(shell)
        const { found, left } = await auditStores(context, { fix, pause: () => wait(PAUSE_MS), report })
        if (json) shell.print(JSON.stringify({ found, left }))
        else shell.print(found === 0 ? 'The stores are in order.' : `${found} findings, ${left} left.`)
        if (left > 0) shell.fail()
      }),
    )
}

type Report = (finding: Finding, isMended: boolean) => void

function jsonReport(shell: Shell): Report {
  return (finding, isMended) => {
    const { severity, isMended: isMendable } = CHECKS[finding.check]
    shell.print(JSON.stringify({ ...finding, severity, mendable: isMendable, mended: isMended }))
  }
}

/** Says of each check what it means before its first finding. */
function textReport(shell: Shell): Report {
  const counts = new Map<string, number>()
  return (finding, isMended) => {
    const { check, subject, owner, detail } = finding
    const count = (counts.get(check) ?? 0) + 1
    counts.set(check, count)
    const { severity, says, isMended: isMendable } = CHECKS[check]
    if (count === 1) shell.print(`${severity} ${check}: ${says}.`)
    if (count === MAX_LINES + 1) shell.print('  … more; all are in the output of --json')
    if (count > MAX_LINES) return
    const marks = [owner === subject ? undefined : owner, detail, stateOf(isMended, isMendable)]
    shell.print(`  ${[subject, ...marks.filter((mark) => mark !== undefined)].join('  ')}`)
  }
}

function stateOf(isMended: boolean, isMendable: boolean): string {
  if (isMended) return 'mended'
  return isMendable ? '--fix mends it' : 'cannot be mended by this command'
}
