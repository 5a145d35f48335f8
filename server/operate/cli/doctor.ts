import { Command } from 'commander'
import { findingsOf } from '../doctor/findings.js'
import { lookUpFacts } from '../doctor/look-up.js'
import type { Run } from './command.js'
import { printTable } from './output.js'

/** `postern doctor`. */
export function doctorCommand(run: Run): Command {
  return new Command('doctor')
    .description('Look over the site. The exit code is 1 where there is a warning.')
    .action(() =>
      run(async (context) => {
        const findings = findingsOf(await lookUpFacts(context))
        printTable(findings.map(({ about, says, isWarning }) => [isWarning ? 'WARNING' : 'ok', about, says]))
        if (findings.some(({ isWarning }) => isWarning)) process.exitCode = 1
      }),
    )
}
