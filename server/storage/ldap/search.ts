import { AndFilter, type Entry, EqualityFilter, ExtensibleFilter, type Filter, OrFilter, PresenceFilter } from 'ldapts'
import type { Logger } from 'pino'
import { isUsername } from '../../core/people/identifiers.js'
import type { LdapPerson } from '../../core/people/merge-sources.js'
import type { Group } from '../../core/token/record.js'
import type { LdapSettings } from '../../settings/ldap.js'
import { LdapEntryError } from '../unavailable.js'
import type { LdapConnection } from './connection.js'
import { emailOf, firstOf, groupOf, idOf, textOf, UnusableGroup, valuesOf } from './entry.js'
import { plainDn, withContainingGroups } from './nested-groups.js'

/** COmanage's internal groups; that their names are invalid here is no fault. */
const COMANAGE = /^CO:/

/** Active Directory's LDAP_MATCHING_RULE_IN_CHAIN. */
const IN_CHAIN = '1.2.840.113556.1.4.1941'
/** Groups that one search asks for. */
const MAX_ASKED = 50

/** Reads users and groups from LDAP by Gafaelfawr's rules. */
export class LdapPeople {
  /**
   * @param reserved names of groups that give scopes or quotas: no user is put into one because it is their user name
   */
  constructor(
    private readonly settings: LdapSettings,
    private readonly connection: LdapConnection,
    private readonly reserved: ReadonlySet<string>,
    private readonly log: Logger,
  ) {}

  /**
   * Finds a user with all groups, the primary one included; undefined when there is none of that name.
   *
   * @throws LdapError when the directory does not answer
   * @throws LdapEntryError when the entry is not usable
   */
  async find(username: string): Promise<LdapPerson | undefined> {
    const { userBaseDn, userSearchAttr, groupSearchByDn } = this.settings
    const filter = equals(userSearchAttr, username)
    const entries = await this.connection.search({ base: userBaseDn, filter, attributes: this.#userAttributes() })
    const [entry] = entries
    if (!entry) return undefined
    if (entries.length > 1) throw new LdapEntryError(`${username}: ${entries.length} entries have this user name`)
    const about = this.#aboutUser(entry)
    // The entry's own distinguished name, as the server wrote it: one put together here would have to be escaped (RFC 4514),
    // and would be wrong wherever people are in branches of their own.
    const groups = this.#usable(await this.#groupsWith(groupSearchByDn ? entry.dn : username))
    const missing = about.gid !== undefined && !groups.some(({ id }) => id === about.gid)
    const primary = missing ? this.#usable(await this.#groups(equals('gidNumber', String(about.gid)))) : []
    return this.#complete(username, about, [...groups, ...primary.slice(0, 1)])
  }

  /**
   * Lists all users, by user name, and all groups. Leaves out unusable entries.
   *
   * @throws LdapError
   */
  async all(): Promise<{ people: ReadonlyMap<string, LdapPerson>; groups: readonly Group[] }> {
    const { userBaseDn, userSearchAttr, groupSearchByDn, groupMemberAttr } = this.settings
    const filter = new PresenceFilter({ attribute: userSearchAttr })
    const users = await this.connection.searchAll({ base: userBaseDn, filter, attributes: this.#userAttributes() })
    const entries = await this.connection.searchAll(this.#groupSearch(undefined, [groupMemberAttr]))
    const groups = this.#usable(entries)
    const byId = new Map(groups.map((group) => [group.id, group]))
    const memberships = new Map<string, Entry[]>()
    for (const entry of entries) {
      for (const member of valuesOf(entry, groupMemberAttr)) {
        const key = plainDn(member)
        memberships.set(key, [...(memberships.get(key) ?? []), entry])
      }
    }
    const groupsWith = (member: string) => memberships.get(plainDn(member)) ?? []
    const people = new Map<string, LdapPerson>()
    for (const entry of users) {
      const username = firstOf(entry, userSearchAttr) ?? ''
      const about = isUsername(username) && this.#readable(entry)
      if (!about) continue
      const direct = groupsWith(groupSearchByDn ? entry.dn : username)
      const all = this.settings.nestedGroups
        ? await withContainingGroups(
            direct,
            (level) => level.flatMap(({ dn }) => groupsWith(dn)),
            () => this.#warnOfDepth(entry.dn),
          )
        : direct
      const held = all.map(groupOf).flatMap((group) => (group instanceof UnusableGroup ? [] : [group]))
      const primary = about.gid === undefined ? undefined : byId.get(about.gid)
      people.set(username, this.#complete(username, about, [...held, ...(primary ? [primary] : [])]))
    }
    return { people, groups }
  }

  #userAttributes(): string[] {
    const { userSearchAttr, nameAttr, emailAttr, uidAttr, gidAttr } = this.settings
    return [userSearchAttr, nameAttr, emailAttr, uidAttr, gidAttr].filter((each) => each !== null)
  }

  #aboutUser(entry: Entry): Omit<LdapPerson, 'groups'> {
    const { nameAttr, emailAttr, uidAttr, gidAttr, addUserGroup } = this.settings
    const [name, email, uid] = [textOf(entry, nameAttr), emailOf(entry, emailAttr), idOf(entry, uidAttr)]
    const gid = idOf(entry, gidAttr) ?? (addUserGroup ? uid : undefined)
    return {
      ...(name !== undefined && { name }),
      ...(email !== undefined && { email }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    }
  }

  #readable(entry: Entry): Omit<LdapPerson, 'groups'> | undefined {
    try {
      return this.#aboutUser(entry)
    } catch (error) {
      if (!(error instanceof LdapEntryError)) throw error
      this.log.warn({ cause: error.message }, 'LDAP user entry left out of list')
      return undefined
    }
  }

  #groupSearch(which: Filter | undefined, attributes: readonly string[] = []) {
    const ofClass = equals('objectClass', this.settings.groupObjectClass)
    const filter = which ? new AndFilter({ filters: [ofClass, which] }) : ofClass
    return { base: this.settings.groupBaseDn, filter, attributes: ['cn', 'gidNumber', ...attributes] }
  }

  /** Finds the groups that list a member, and those that list these groups where the settings say so. */
  async #groupsWith(member: string): Promise<Entry[]> {
    const { groupMemberAttr: attribute, nestedGroups } = this.settings
    if (nestedGroups === 'inChain')
      return this.#groups(new ExtensibleFilter({ matchType: attribute, rule: IN_CHAIN, value: member }))
    const direct = await this.#groups(equals(attribute, member))
    if (nestedGroups === undefined) return direct
    const parentsOf = async (level: readonly Entry[]) => {
      const found: Entry[] = []
      for (let from = 0; from < level.length; from += MAX_ASKED) {
        const filters = level.slice(from, from + MAX_ASKED).map(({ dn }) => equals(attribute, dn))
        found.push(...(await this.#groups(new OrFilter({ filters }))))
      }
      return found
    }
    return withContainingGroups(direct, parentsOf, () => this.#warnOfDepth(member))
  }

  #warnOfDepth(member: string): void {
    this.log.warn({ member }, 'LDAP groups within groups are too many')
  }

  #groups(which: Filter): Promise<Entry[]> {
    return this.connection.search(this.#groupSearch(which))
  }

  /** Parses groups; logs and leaves out unusable ones, which are the directory's fault and not the user's. */
  #usable(entries: readonly Entry[]): Group[] {
    return entries.flatMap((entry) => {
      const group = groupOf(entry)
      if (!(group instanceof UnusableGroup)) return [group]
      const { name, cause } = group
      if (!name || !COMANAGE.test(name)) this.log.warn({ group: entry.dn, cause }, 'LDAP group left out')
      return []
    })
  }

  /**
   * Adds the user's private group.
   *
   * Attack: choosing the user name `admins` to be in that group.
   */
  #complete(username: string, about: Omit<LdapPerson, 'groups'>, groups: readonly Group[]): LdapPerson {
    const own = this.settings.addUserGroup && about.uid !== undefined && !this.reserved.has(username)
    const all = [...groups, ...(own ? [{ name: username, id: about.uid ?? 0 }] : [])]
    const byName = new Map(all.toReversed().map((group) => [group.name, group]))
    return { ...about, groups: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) }
  }
}

function equals(attribute: string, value: string): EqualityFilter {
  return new EqualityFilter({ attribute, value })
}
