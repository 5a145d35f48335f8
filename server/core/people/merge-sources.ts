import { DAY, type EpochSeconds } from '../time.js'
import type { Person } from '../token/owner-limits.js'
import type { Group } from '../token/record.js'

/** Somebody as the directory (LDAP) describes them. It always knows their groups, if only that there are none. */
export interface LdapPerson extends Pick<Person, 'name' | 'email' | 'uid' | 'gid'> {
  readonly groups: readonly Group[]
}

/** What the directory said at some time; no person: that it has nobody of that name. */
export interface LdapAnswer {
  readonly person?: LdapPerson
  readonly at: EpochSeconds
}

/** What comes of asking the directory for somebody. */
export type LdapResult =
  | ({ readonly is: 'said' } & LdapAnswer)
  /** It does not answer; what it said the last time, if it ever did. */
  | { readonly is: 'silent'; readonly last?: LdapAnswer }
  /** It has them, but not in a form that can be believed: a UID that is no number, two entries of one name. */
  | { readonly is: 'unreadable' }

/**
 * How long what the directory last said of somebody goes on to count while it does not answer: a weekend. A failing
 * directory shuts out nobody who has been here lately; and whoever makes it fail to keep what a project gave them does so
 * for three days and not for ever.
 */
export const STALE_ANSWER_TTL = 3 * DAY

/**
 * Who somebody is, from our own tables (a local account, or what an identity provider said when they signed in) and from
 * the directory. Field by field the directory wins. Groups come whole from one source, the directory if it has the person:
 * were they added up, who is put out of a project there could stay in by what a provider once said.
 *
 *   directory     | our tables: groups | our tables: no groups | our tables: nothing
 *   not asked     | ours               | groups unknown        | unknown
 *   has them      | the directory's    | the directory's       | the directory's
 *   has not       | ours               | in no groups          | in no groups
 *   silent, never | ours               | groups unknown        | unknown
 *   silent, had   | the directory's last, for {@link STALE_ANSWER_TTL}; then nobody can tell
 *   silent, hadn't| as "has not"
 *   unreadable    | nobody can tell
 *
 * Who is disabled here is so whatever the directory says.
 *
 * "In no groups" and not "unknown": or somebody who was taken out of the directory altogether, whose groups a provider such
 * as CILogon does not tell, would keep what they were given. An account of our own that the directory does not have (the
 * administrator for emergencies) works on whatever happens to it. Where nothing was ever known, a token says what it may do.
 *
 * @param own what our own tables know
 * @param answer absent where no directory is configured
 * @returns `unsure` when it cannot be told, and nobody should act on a guess
 */
export function mergeSources(
  username: string,
  own: Person | undefined,
  answer: LdapResult | undefined,
  now: EpochSeconds,
): Person | undefined | 'unsure' {
  if (answer === undefined || own?.disabled) return own
  if (answer.is === 'unreadable') return 'unsure'
  const said = answer.is === 'said' ? answer : answer.last
  if (!said) return own
  if (!said.person) return own?.groups ? own : { ...own, username, groups: [] }
  if (answer.is === 'silent' && now - said.at > STALE_ANSWER_TTL) return 'unsure'
  return { ...own, username, ...said.person, ...(said.person.email !== undefined && { emailVerified: true }) }
}
