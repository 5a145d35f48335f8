import { DAY, type EpochSeconds } from '../time.js'
import type { Person } from '../token/owner-limits.js'
import type { Group } from '../token/record.js'

/** A user as LDAP describes them. It always knows their groups, if only that there are none. */
export interface LdapPerson extends Pick<Person, 'name' | 'email' | 'uid' | 'gid'> {
  readonly groups: readonly Group[]
}

/** An answer of LDAP and its time; without a person: LDAP has no entry of that name. */
export interface LdapAnswer {
  readonly person?: LdapPerson
  readonly at: EpochSeconds
}

/** The result of looking a user up in LDAP. */
export type LdapResult =
  | ({ readonly is: 'said' } & LdapAnswer)
  /** LDAP does not answer; with its last answer, if there is one. */
  | { readonly is: 'silent'; readonly last?: LdapAnswer }
  /** The entry is unusable: a UID that is no number, two entries of one name. */
  | { readonly is: 'unreadable' }

/**
 * How long LDAP's last answer counts while LDAP does not answer: a long weekend. An outage locks out no recent user.
 *
 * Attack: a user who is about to lose a group makes LDAP fail; they keep the group for three days and no longer.
 */
export const STALE_ANSWER_TTL = 3 * DAY

/**
 * A user as all sources together describe them; `undecided` when the sources do not tell, which passes; `unreadable` when the
 * entry must be corrected first. Neither is a refusal: no request was judged. A check answers 503 to the one and 500 to the
 * other, and a list leaves the user out.
 */
export type MergedPerson = Person | undefined | 'undecided' | 'unreadable'

/**
 * Merges a user's description in our tables (a local account, or an identity provider's at the last sign-in) with LDAP's.
 * Field by field LDAP takes precedence. Groups come whole from one source, LDAP if it has the user: were they added up, a
 * user removed from a project there would stay in it by a provider's earlier answer.
 *
 *   directory     | our tables: groups | our tables: no groups | our tables: nothing
 *   not asked     | ours               | groups unknown        | unknown
 *   has them      | the directory's    | the directory's       | the directory's
 *   has not       | ours               | in no groups          | in no groups
 *   silent, never | ours               | groups unknown        | unknown
 *   silent, had   | the directory's last, for {@link STALE_ANSWER_TTL}; then undecided
 *   silent, hadn't| as "has not"
 *   unreadable    | unreadable
 *
 * A user who is disabled here stays disabled, independently of LDAP. Where neither has a UID, {@link withAssignedUid} follows:
 *
 *   LDAP's UID | the provider's or account's | imported | the user has
 *   given      | given or not                | or not   | LDAP's
 *   none       | given                       | or not   | ours
 *   none       | none                        | given    | the imported one
 *   none       | none                        | none     | none
 *
 * "In no groups" and not "unknown": or a user who was removed from LDAP altogether, and whose provider (such as CILogon)
 * names no groups, would keep their scopes. A local account that LDAP does not have (the administrator for emergencies)
 * works on during any outage. Where no source ever knew the user, a token keeps its own scopes.
 *
 * @param own the user in our own tables
 * @param answer absent where no LDAP is configured
 * @returns `undecided` or `unreadable` when the sources do not tell, so that no caller acts on a guess
 */
export function mergeSources(
  username: string,
  own: Person | undefined,
  answer: LdapResult | undefined,
  now: EpochSeconds,
): MergedPerson {
  if (answer === undefined || own?.disabled) return own
  if (answer.is === 'unreadable') return 'unreadable'
  const said = answer.is === 'said' ? answer : answer.last
  if (!said) return own
  if (!said.person) return own?.groups ? own : { ...own, username, groups: [] }
  if (answer.is === 'silent' && now - said.at > STALE_ANSWER_TTL) return 'undecided'
  return { ...own, username, ...said.person, ...(said.person.email !== undefined && { emailVerified: true }) }
}

/** How users come to groups of their own. */
export interface OwnGroups {
  /** Whether each user has one, with the user's name and UID. */
  readonly addUserGroup: boolean
  /** Names of groups that give scopes or quotas: no user is put into one because it is their user name. */
  readonly reserved: ReadonlySet<string>
}

/**
 * Gives a user whose sources name no UID the one that was imported for the name. Files belong to UIDs, so that a source which
 * has one is believed: it is the system that the files are on.
 *
 * A name that no source knows has its UID too: service accounts are known from their tokens alone.
 */
export function withAssignedUid(
  username: string,
  person: Person | undefined,
  uid: number | undefined,
  { addUserGroup, reserved }: OwnGroups,
): Person | undefined {
  if (uid === undefined || person?.uid !== undefined) return person
  const gid = person?.gid ?? (addUserGroup ? uid : undefined)
  const groups = person?.groups
  const joins = addUserGroup && groups && !reserved.has(username) && !groups.some(({ name }) => name === username)
  const numbered = { ...person, username, uid, ...(gid !== undefined && { gid }) }
  if (!joins) return numbered
  const all = [...groups, { name: username, id: uid }]
  return { ...numbered, groups: all.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}
