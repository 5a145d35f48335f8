import { type FileHandle, open } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { Refusal } from '../../core/access/refusal.js'
import type { ProgramChange } from '../../core/programs/history.js'
import { isPublic } from '../../core/programs/program.js'
import type { EpochSeconds } from '../../core/time.js'
import { isoTime } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { findByText } from '../../programs/list.js'
import { InvalidRows, loadPrograms } from '../../programs/load.js'
import { programHistory, statedGrants } from '../../programs/manage.js'
import { findPrograms, type StoredProgram } from '../../storage/postgres/programs/programs.js'
import { parseProgramsCsv } from './programs-csv.js'
import type { Shell } from './shell.js'

/** A longer list is cut, with a notice. */
const MAX_PROGRAMS_SHOWN = 1_000
/** An import counts all changed programs and names the first. */
const MAX_NAMES = 20

/** `postern program import|list|show`. */
export function programCommands(shell: Shell): Command {
  const program = new Command('program').description('Observing programs, and who may read their data before release.')

  program
    .command('import <file>')
    .description('Load programs from a CSV file; if a row is wrong, none is loaded.')
    .addHelpText(
      'after',
      `
The first line names the columns: id, and any of title, period_end, public, investigators.
  period_end     2027-01-01T00:00:00Z, or seconds since 1970, or empty
  public         true, false, or empty: the period decides
  investigators  pi:ada co-i:grace@example.org, by user name or e-mail address`,
    )
    .action(async (file: string) => {
      const table = parseProgramsCsv((await openFile(file)).createReadStream())
      await shell.run(async (context) => {
        const loaded = await loadPrograms(context, table, { username: OPERATOR_ACTOR })
        if (loaded instanceof Refusal) return shell.refuse(context, loaded)
        if (!(loaded instanceof InvalidRows)) {
          printNames(shell, 'New', loaded.created)
          printNames(shell, 'Changed', loaded.changed)
          return shell.print(`Unchanged: ${loaded.unchanged}.`)
        }
        shell.recordRefusal(context, { action: 'program.load', code: 'invalid_parameter', details: loaded.facts })
        for (const { line, field, message } of loaded.mistakes)
          shell.fail(`${file}, line ${line}${field && `, ${field}`}: ${message}`)
        shell.fail('postern: Nothing was loaded. Correct these rows and try again.')
      })
    })

  program
    .command('list [text]')
    .description('List programs whose identifier begins with a text, or whose title contains it.')
    .action((text: string | undefined) =>
      shell.run(async (context) => {
        const { programs, more } = await findByText(context, text ?? '', MAX_PROGRAMS_SHOWN)
        const rows = programs.map((each) => [
          each.id,
          state(each, context.clock()),
          String(each.investigators.length),
          String(each.granted.length),
          each.title,
        ])
        shell.printTable([['PROGRAM', 'DATA', 'INVESTIGATORS', 'GRANTS', 'TITLE'], ...rows])
        if (more) shell.print(`More than ${MAX_PROGRAMS_SHOWN} programs match; give a longer text.`)
      }),
    )

  program
    .command('show <id>')
    .description('Show a program, who may read its data, and its history.')
    .action((id: string) =>
      shell.run(async (context) => {
        const [found] = await findPrograms(context.postgres, [id])
        const history = await programHistory(context, id)
        if (!found && history.length === 0) return shell.refuse(context, new Refusal('program_not_found'))
        if (found) {
          shell.print(`${found.id}  ${found.title}`)
          shell.print(`Data: ${state(found, context.clock())}`)
          for (const { role, name } of found.investigators) shell.print(`${role.padEnd(5)} ${name}`)
          for (const { email, grantedBy, granted, pending } of await statedGrants(context, id))
            shell.print(`grant ${email}${pending ? ' (pending)' : ''}, by ${grantedBy}, ${instant(granted)}`)
        } else shell.print(`${id} no longer exists.`)
        shell.printTable([
          ['WHEN', 'WHO', 'WHAT'],
          ...history.map((each) => [instant(each.at), each.actor, summary(each)]),
        ])
      }),
    )

  return program
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file)
  } catch (error) {
    throw new InvalidArgumentError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function printNames(shell: Shell, label: string, ids: readonly string[]): void {
  const shown = ids.slice(0, MAX_NAMES).join(', ')
  const more = ids.length > MAX_NAMES ? `, and ${ids.length - MAX_NAMES} more` : ''
  shell.print(`${label}: ${ids.length}${ids.length > 0 ? ` (${shown}${more})` : ''}.`)
}

function state(program: StoredProgram, now: EpochSeconds): string {
  if (isPublic(program, now)) return 'public'
  return program.periodEnd === undefined ? 'exclusive' : `exclusive until ${instant(program.periodEnd)}`
}

function summary({ action, email, now }: ProgramChange): string {
  return [action, email, now && JSON.stringify(now)].filter(Boolean).join(' ')
}

function instant(at: EpochSeconds): string {
  return isoTime(at)
}
