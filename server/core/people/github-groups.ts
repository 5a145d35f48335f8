import { hash } from 'node:crypto'
import { isGroupName } from './identifiers.js'

/** A team, as GitHub describes it. */
export interface Team {
  readonly id: number
  readonly slug: string
  /** The organization's login. */
  readonly organization: string
}

interface Named {
  readonly name: string
  readonly id: number
}

/** File systems and directories take no longer names. */
const MAX_GROUP_LENGTH = 32
const KEPT_LENGTH = 25
const MARK = 6

/** Names the group of a team: Gafaelfawr's rule, letter by letter, so that mappings and file shares carry over. */
export function teamGroup(organization: string, slug: string): string {
  const name = `${organization.toLowerCase()}-${slug}`
  if (name.length <= MAX_GROUP_LENGTH) return name
  const digest = hash('sha256', name, 'buffer').toString('base64url')
  return `${name.slice(0, KEPT_LENGTH)}-${digest.slice(0, MARK)}`
}

/**
 * Returns the groups of a GitHub user: their teams, and a private group with their own number (Gafaelfawr's rule).
 *
 * Attack: any GitHub user may call their account `acme-admins`, which is the group of the team `admins` of `acme`. A
 * private group is therefore left out when a team has its name, or when the site gives that name scopes or quotas.
 *
 * @param privileged group names to which the site gives scopes or quotas
 */
export function githubGroups(
  person: { readonly username: string; readonly id: number },
  teams: readonly Team[],
  privileged: ReadonlySet<string>,
): { readonly groups: readonly Named[]; readonly dropped: readonly string[] } {
  const named = teams.map(({ organization, slug, id }) => ({ name: teamGroup(organization, slug), id }))
  const usable = named.filter(({ name }) => isGroupName(name))
  const dropped = named.filter(({ name }) => !isGroupName(name)).map(({ name }) => name)
  const { username, id } = person
  if (!isGroupName(username) || usable.some(({ name }) => name === username)) return { groups: usable, dropped }
  if (privileged.has(username)) return { groups: usable, dropped: [...dropped, username] }
  return { groups: [...usable, { name: username, id }], dropped }
}
