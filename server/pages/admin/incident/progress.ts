import { filterValues, readIncidentFilter } from '../../../core/incident/read-filter.js'
import { countSteps } from '../../../core/incident/steps.js'
import { TOKEN_TYPES } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import { findPerson } from '../../../people/find-person.js'
import type { Context } from '../../../storage/context.js'
import { countRevokedBy, type EndedOf, type IncidentAct } from '../../../storage/postgres/incident/acts.js'
import { findPinnedEmail } from '../../../storage/postgres/tokens.js'
import { LdapUnavailable, UnusableUser } from '../../../storage/unavailable.js'
import { selectIncident } from '../../../tokens/incident/select-incident.js'
import type { Words } from '../../../words/words.js'
import type { PageServices } from '../../account/signed-in-user.js'
import { incidentAddress } from './preview.js'
import type { ConcernedUser, IncidentActPage } from './view-models.js'

/** How many people the page of an act names. */
const MAX_PEOPLE = 100

/** The administrator who looks. */
interface Reader {
  readonly session: TokenKey
  readonly words: Words
}

/** Describes an act: how far it is, what it has ended, its owners, and what fits its filter now. */
export async function describeAct(
  { context, at }: PageServices,
  act: IncidentAct,
  { session, words }: Reader,
): Promise<Omit<IncidentActPage, 'layout'>> {
  const { id, kind, reason, done, disabled, finished } = act
  const ended = await countRevokedBy(context.postgres, id)
  const names = [...new Set(ended.map(({ username }) => username))]
  const people = await Promise.all(
    names.slice(0, MAX_PEOPLE).map((username) => concerned(context, username, { ended, reason, words })),
  )
  const values = filterValues(fieldsOf(act.filter))
  return {
    ...{ id, kind, reason, done, at: act.at, actor: act.actor.username, people },
    steps: countSteps(act),
    isFinished: finished !== undefined,
    ended: countedByType(ended, words),
    disabled: disabled.length,
    ...(names.length > MAX_PEOPLE && { morePeople: names.length - MAX_PEOPLE }),
    ...(finished !== undefined && { remaining: await countRemaining(context, act, session) }),
    again: at(incidentAddress(values)),
  }
}

/**
 * Counts the tokens that fit the filter of an act now and were none of its own.
 *
 * Attack: the thief makes tokens while the act goes on.
 */
async function countRemaining(context: Context, { filter, tokens }: IncidentAct, session: TokenKey): Promise<number> {
  const read = readIncidentFilter(filterValues(fieldsOf(filter)))
  const selection = await selectIncident(context, read.filter, { key: session, isExcluded: true })
  const own = new Set(tokens)
  return selection.tokens.filter(({ key }) => !own.has(key)).length
}

/** The fields of a query string; those that come several times as a list. */
function fieldsOf(query: string): Record<string, string | string[]> {
  const params = new URLSearchParams(query)
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => [name, name === 'type' ? params.getAll(name) : (params.get(name) ?? '')]),
  )
}

interface Told {
  readonly ended: readonly EndedOf[]
  readonly reason: string
  readonly words: Words
}

async function concerned(context: Context, username: string, { ended, reason, words }: Told): Promise<ConcernedUser> {
  const email = await emailOf(context, username)
  const subject = words.text('admin.incident.act.subject', { site: context.settings.site.name })
  return {
    username,
    ended: countedByType(
      ended.filter((each) => each.username === username),
      words,
    ),
    ...(email !== undefined && {
      email,
      letter: `mailto:${encodeURIComponent(email)}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(reason)}`,
    }),
  }
}

/** An address is a help here, and no directory that is down may hide how far an act is. */
async function emailOf(context: Context, username: string): Promise<string | undefined> {
  try {
    return (await findPerson(context, username))?.email ?? (await findPinnedEmail(context.postgres, username))
  } catch (error) {
    if (error instanceof LdapUnavailable || error instanceof UnusableUser) return undefined
    throw error
  }
}

/** `3 user tokens`, `1 web session`: the types in the order of their table. */
function countedByType(ended: readonly EndedOf[], words: Words): readonly string[] {
  return TOKEN_TYPES.map((type) => ({
    type,
    count: ended.filter((each) => each.type === type).reduce((sum, each) => sum + each.count, 0),
  }))
    .filter(({ count }) => count > 0)
    .map((counted) => words.text('delegated.kinds', counted))
}
