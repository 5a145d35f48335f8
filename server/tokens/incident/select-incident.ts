import type { IncidentFilter } from '../../core/incident/filter.js'
import { TOKEN_TYPES } from '../../core/token/record.js'
import { homeOf, type TokenKey } from '../../core/token/token.js'
import { findPerson } from '../../people/find-person.js'
import type { Context } from '../../storage/context.js'
import { listBelow } from '../../storage/postgres/incident/below.js'
import { type SelectedToken, selectHeirs, selectTokens } from '../../storage/postgres/incident/select.js'
import { findRedisToken } from '../../storage/redis/tokens.js'
import { UnusableUser } from '../../storage/unavailable.js'

/** Reads of Redis, and of a directory, that wait at the same time. */
const AT_ONCE = 100

/** The tokens that an act on a filter would end. */
export interface IncidentSelection {
  /** Those that are ended themselves, by user, type and age. None was delegated from another of them. */
  readonly tokens: readonly SelectedToken[]
  /** How many fall with them: those that were delegated from them. */
  readonly fallen: number
  /** Whether the own token fits, selected or not. */
  readonly ownFits: boolean
}

/** The session, or the token, with which an administrator acts. */
export interface OwnToken {
  readonly key: TokenKey
  /** Whether it is left out: no act ends it by accident. */
  readonly isExcluded: boolean
}

/**
 * Selects the tokens and sessions that fit a filter now, of all users. One that only the idle timeout has ended is selected, too: its
 * revocation harms nothing.
 */
export async function selectIncident(
  context: Context,
  filter: IncidentFilter,
  own?: OwnToken,
): Promise<IncidentSelection> {
  const { group, heirs, ...rest } = filter
  // By a group alone the tokens of all users are candidates.
  const wanted = group === undefined ? rest : { everyone: true as const, ...rest }
  const now = context.clock()
  const found = await selectTokens(context.postgres, wanted, now)
  const members = group === undefined ? found : await ofGroup(context, found, group)
  const made = heirs
    ? await selectHeirs(
        context.postgres,
        members.map(({ key }) => key),
        now,
      )
    : []
  const all = inOrder([...new Map([...members, ...made].map((token) => [token.key, token])).values()])
  const ownFits = all.some(({ key }) => key === own?.key)
  const others = own?.isExcluded ? all.filter(({ key }) => key !== own.key) : all
  const existing = await filterAsync(others, async ({ key }) =>
    homeOf(key) === 'postgres' ? true : (await findRedisToken(context, key)) !== undefined,
  )
  const below = await listBelow(
    context.postgres,
    existing.map(({ key }) => key),
    now,
  )
  const falling = new Set(below.map(({ key }) => key))
  return {
    tokens: existing.filter(({ key }) => !falling.has(key)),
    fallen: below.filter(({ isLive }) => isLive).length,
    ownFits,
  }
}

const TYPE_ORDER = new Map(TOKEN_TYPES.map((type, index) => [type, index]))

function inOrder(tokens: readonly SelectedToken[]): readonly SelectedToken[] {
  const place = ({ type }: SelectedToken) => TYPE_ORDER.get(type) ?? 0
  return [...tokens].sort(
    (a, b) =>
      (a.username < b.username ? -1 : a.username > b.username ? 1 : 0) ||
      place(a) - place(b) ||
      a.created - b.created ||
      (a.key < b.key ? -1 : 1),
  )
}

/** Asks the site's own sources for the members: of a group that a provider gives, a directory may know nothing. */
async function ofGroup(context: Context, tokens: readonly SelectedToken[], group: string) {
  const owners = [...new Set(tokens.map(({ username }) => username))]
  const members = new Set(await filterAsync(owners, (owner) => isMember(context, owner, group)))
  return tokens.filter(({ username }) => members.has(username))
}

async function isMember(context: Context, username: string, group: string): Promise<boolean> {
  try {
    return (await findPerson(context, username))?.groups?.some(({ name }) => name === group) ?? false
  } catch (error) {
    // Its tokens are refused already, and one entry must not be in the way of an act on all others.
    if (error instanceof UnusableUser) return false
    throw error
  }
}

async function filterAsync<T>(all: readonly T[], isWanted: (each: T) => Promise<boolean>): Promise<T[]> {
  const wanted: T[] = []
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE)
    const judged = await Promise.all(some.map(isWanted))
    wanted.push(...some.filter((_, index) => judged[index]))
  }
  return wanted
}
