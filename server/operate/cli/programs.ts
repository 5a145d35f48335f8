import { type FileHandle, open } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { Refusal } from '../../core/access/refusal.js'
import type { ProgramChange } from '../../core/programs/history.js'
import { isPublic } from '../../core/programs/program.js'
import type { EpochSeconds } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { findByText } from '../../programs/list.js'
import { loadPrograms } from '../../programs/load.js'
import { programHistory, statedGrants } from '../../programs/manage.js'
import { findPrograms, type StoredProgram } from '../../storage/postgres/programs.js'
import { type Run, say, sayRefused, sayTable } from './command.js'
import { parseProgramsCsv } from './programs-csv.js'

/** How many a list shows; of more it says so. */
const MAX_PROGRAMS_SHOWN = 1_000
/** How many changed programs an import names. */
const MAX_NAMES = 20

/** `postern program import|list|show`. */
export function programCommands(run: Run): Command {
  const program = new Command('program').description('Programs, and who may read their data before they are public.')

  program
    .command('import <file>')
    .description('Load programs from a CSV file: all of them, or none if a row is wrong.')
    .addHelpText(
      'after',
      `
The first line names the columns: id, and any of title, period_end, public, investigators.
  period_end     2027-01-01T00:00:00Z, or seconds since 1970, or empty
  public         true, false, or empty: the period decides
  investigators  pi:ada co-i:grace@example.org, by user name or e-mail address`,
    )
    .action(async (file: string) => {
      const table = parseProgramsCsv((await opened(file)).createReadStream())
      await run(async (context) => {
        const loaded = await loadPrograms(context, table, { username: OPERATOR_ACTOR })
        if (loaded instanceof Refusal) return sayRefused(loaded)
        if ('created' in loaded) {
          sayNames('New', loaded.created)
          sayNames('Changed', loaded.changed)
          return say(`As they were: ${loaded.unchanged}.`)
        }
        for (const { line, field, message } of loaded)
          process.stderr.write(`${file}, line ${line}${field && `, ${field}`}: ${message}\n`)
        process.stderr.write('postern: Nothing was loaded. Correct what is named and try again.\n')
        process.exitCode = 1
      })
    })

  program
    .command('list [text]')
    .description('List programs whose identifier begins, or whose title has, a text.')
    .action((text: string | undefined) =>
      run(async (context) => {
        const { programs, more } = await findByText(context, text ?? '', MAX_PROGRAMS_SHOWN)
        const rows = programs.map((each) => [
          each.id,
          state(each, context.clock()),
          String(each.investigators.length),
          String(each.granted.length),
          each.title,
        ])
        sayTable([['PROGRAM', 'DATA', 'INVESTIGATORS', 'LET IN', 'TITLE'], ...rows])
        if (more) say(`There are more than ${MAX_PROGRAMS_SHOWN}: give a text.`)
      }),
    )

  program
    .command('show <id>')
    .description('Show a program, who may read its data, and what happened to it.')
    .action((id: string) =>
      run(async (context) => {
        const [found] = await findPrograms(context.postgres, [id])
        const history = await programHistory(context, id)
        if (!found && history.length === 0) return sayRefused(new Refusal('program_not_found'))
        if (found) {
          say(`${found.id}  ${found.title}`)
          say(`Data: ${state(found, context.clock())}`)
          for (const { role, name } of found.investigators) say(`${role.padEnd(5)} ${name}`)
          for (const { email, grantedBy, granted, pending } of await statedGrants(context, id))
            say(`grant ${email}${pending ? ' (pending)' : ''}, by ${grantedBy}, ${instant(granted)}`)
        } else say(`${id} is not there any more.`)
        sayTable([['WHEN', 'WHO', 'WHAT'], ...history.map((each) => [instant(each.at), each.actor, told(each)])])
      }),
    )

  return program
}

async function opened(file: string): Promise<FileHandle> {
  try {
    return await open(file)
  } catch (error) {
    throw new InvalidArgumentError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function sayNames(what: string, ids: readonly string[]): void {
  const named = ids.slice(0, MAX_NAMES).join(', ')
  const more = ids.length > MAX_NAMES ? `, and ${ids.length - MAX_NAMES} more` : ''
  say(`${what}: ${ids.length}${ids.length > 0 ? ` (${named}${more})` : ''}.`)
}

function state(program: StoredProgram, now: EpochSeconds): string {
  if (isPublic(program, now)) return 'public'
  return program.periodEnd === undefined ? 'exclusive' : `exclusive until ${instant(program.periodEnd)}`
}

function told({ action, email, now }: ProgramChange): string {
  return [action, email, now && JSON.stringify(now)].filter(Boolean).join(' ')
}

function instant(at: EpochSeconds): string {
  return new Date(at * 1000).toISOString().replace('.000Z', 'Z')
}
