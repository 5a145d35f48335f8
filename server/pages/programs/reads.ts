import type { Request, Response } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import type { ProgramRead } from '../../core/programs/reads.js'
import { readsByPerson } from '../../core/programs/reads-by-person.js'
import { csvOf, objectsOf } from '../../core/tables/csv.js'
import { DAY, isoTime } from '../../core/time.js'
import type { ManagedProgram } from '../../programs/manage.js'
import type { Context } from '../../storage/context.js'
import { namesOf } from '../../storage/postgres/people.js'
import { listReads, sumReads } from '../../storage/postgres/programs/reads.js'
import { MAX_DOWNLOADED } from '../shared/history-download.js'
import type { ListedReads } from './view-models.js'

/** How many rows the page shows; the files have more. */
const MAX_SHOWN = 50

/**
 * Returns requests for a program's files, as its page shows them; undefined for those who may not see them.
 *
 * @param usersOf the users of the addresses of its investigators and grants
 */
export async function readsOfProgram(
  context: Context,
  { program, seesReads }: ManagedProgram,
  usersOf: ReadonlyMap<string, readonly string[]>,
) {
  const { postgres, settings } = context
  if (!seesReads) return undefined
  const [sums, rows] = await Promise.all([
    sumReads(postgres, program.id),
    listReads(postgres, { program: program.id }, MAX_SHOWN + 1),
  ])
  const { byName, others } = readsByPerson(sums, program, usersOf)
  const names = await namesOf(
    postgres,
    [...others, ...rows].map(({ username }) => username),
  )
  const named = <T extends { readonly username: string }>(each: T) => {
    const fullName = names.get(each.username)
    return { ...each, ...(fullName !== undefined && { fullName }) }
  }
  const listed: ListedReads = {
    others: others.map(named),
    rows: rows.slice(0, MAX_SHOWN).map(named),
    ...(rows.length > MAX_SHOWN && { limit: MAX_SHOWN }),
    days: Math.floor((settings.programs?.keepRequests ?? 0) / DAY),
  }
  return { byName, listed }
}

/**
 * Sends the requests for a program's files as CSV or JSON.
 *
 * @returns a refusal of those who may not see them: to them the record does not exist
 */
export async function sendReads(
  { postgres }: Context,
  { program: { id }, seesReads }: ManagedProgram,
  request: Request,
  response: Response,
): Promise<Refusal | undefined> {
  if (!seesReads) return new Refusal('program_not_found')
  const table = readsTable(await listReads(postgres, { program: id }, MAX_DOWNLOADED))
  const format = request.path.endsWith('.json') ? 'json' : 'csv'
  response.set('Cache-Control', 'no-store').attachment(`${id}.requests.${format}`)
  if (format === 'json') response.json(objectsOf(table))
  else response.type('text/csv').send(csvOf(table))
  return undefined
}

function readsTable(reads: readonly ProgramRead[]) {
  return {
    columns: ['username', 'file', 'requests', 'first', 'last'],
    rows: reads.map(({ username, file, count, first, last }) => [username, file, count, isoTime(first), isoTime(last)]),
  }
}
