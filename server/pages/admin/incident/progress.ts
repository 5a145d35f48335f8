import { filterValues, readIncidentFilter } from '../../../core/incident/read-filter.js'
import { countSteps } from '../../../core/incident/steps.js'
import { endOfSuspension } from '../../../core/incident/suspension.js'
import { TOKEN_TYPES } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import { findPerson } from '../../../people/find-person.js'
import type { Context } from '../../../storage/context.js'
import type { IncidentAct } from '../../../storage/postgres/incident/acts.js'
import { countRevokedBy, countSuspendedBy, type EndedOf } from '../../../storage/postgres/incident/outcome.js'
import { countSuspensions, suspensionsOf } from '../../../storage/postgres/suspensions/suspensions.js'
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
  const ended =
    kind === 'revoke' ? await countRevokedBy(context.postgres, id) : await countSuspendedBy(context.postgres, act)
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
    ...(await undoOf(context, act)),
    again: at(incidentAddress(values)),
  }
}

/**
 * Counts the tokens that fit the filter of an act now and were none of its own.
 *
 * Attack: the thief makes tokens while the act goes on.
 */
async function countRemaining(
  context: Context,
  { kind, filter, tokens }: IncidentAct,
  session: TokenKey,
): Promise<number> {
  const read = readIncidentFilter(filterValues(fieldsOf(filter)))
  const selection = await selectIncident(context, read.filter, { key: session, isExcluded: true })
  const own = new Set(tokens)
  const others = selection.tokens.filter(({ key }) => !own.has(key)).map(({ key }) => key)
  // One that was made with a suspended token is suspended with it.
  const suspended = kind === 'suspend' ? await suspensionsOf(context.postgres.prisma, others) : new Map()
  return others.filter((key) => !suspended.has(key)).length
}

/** Until when a suspension can be lifted, and of how many tokens. */
async function undoOf({ postgres, clock }: Context, { id, kind, at }: IncidentAct) {
  const until = endOfSuspension(at)
  const count = kind === 'suspend' ? await countSuspensions(postgres.prisma, { act: id }) : 0
  const canBeLifted = count > 0 && until > clock()
  return { suspended: count, ...(canBeLifted && { undo: { until, count } }) }
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
