import { Command } from 'commander'
import { findingsOf } from '../doctor/findings.js'
import { lookUpFacts } from '../doctor/look-up.js'
import type { Shell } from './shell.js'

/** `postern doctor`. */
export function doctorCommand(shell: Shell): Command {
  return new Command('doctor')
    .description('Look over the site. The exit code is 1 where there is a warning.')
    .action(() =>
      shell.run(async (context) => {
        const findings = findingsOf(await lookUpFacts(context))
        shell.printTable(findings.map(({ about, says, isWarning }) => [isWarning ? 'WARNING' : 'ok', about, says]))
        if (findings.some(({ isWarning }) => isWarning)) shell.fail()
      }),
    )
}
