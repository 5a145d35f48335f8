import { isGroupName, isPosixId } from './identifiers.js'

/** A group as a provider names it, perhaps with its GID. */
export interface ProviderGroup {
  readonly name: string
  readonly id?: number
}

/** The groups of a claim that can be groups here, and the names that cannot. */
export interface ProviderGroups {
  readonly groups: readonly ProviderGroup[]
  readonly leftOut: readonly string[]
}

/** COmanage's internal groups; that their names are invalid here is no fault. */
const COMANAGE = /^CO:/

/**
 * Reads the names of a claim, or CILogon's objects of a name and a number. Keycloak sends a group with its path, `/users`.
 *
 * @param groupNames group names here by the provider's names, which may have slashes and spaces: `/lab/staff`
 */
export function readProviderGroups(claim: unknown, groupNames: Readonly<Record<string, string>>): ProviderGroups {
  const named = new Map(Object.entries(groupNames).map(([theirs, ours]) => [withoutSlash(theirs), ours]))
  const list: unknown[] = Array.isArray(claim) ? claim : [claim]
  const groups: ProviderGroup[] = []
  const leftOut: string[] = []
  for (const each of list) {
    const { name: theirs, id } = described(each)
    if (theirs === undefined) continue
    const plain = withoutSlash(theirs)
    const name = named.get(plain) ?? plain
    if (isGroupName(name)) groups.push({ name, ...(id !== undefined && { id }) })
    else if (!COMANAGE.test(name)) leftOut.push(theirs)
  }
  return { groups, leftOut }
}

/**
 * Returns whether a provider left the groups out of its answer because they are many: the "groups overage" of Microsoft Entra ID,
 * which names a source of the claim instead (OpenID Connect Core 1.0 §5.6.2).
 */
export function areGroupsWithheld(claims: Readonly<Record<string, unknown>>, groupsClaim: string): boolean {
  const groups = claims[groupsClaim]
  const isThere = groups !== undefined && groups !== null && !(Array.isArray(groups) && groups.length === 0)
  const { _claim_names: names, hasgroups } = claims
  const isNamed = typeof names === 'object' && names !== null && Object.hasOwn(names, groupsClaim)
  return !isThere && (isNamed || hasgroups === true || hasgroups === 'true')
}

/** Reads a UID or GID, as a number or as text; undefined for none that a user or group can have. */
export function readPosixId(claim: unknown): number | undefined {
  const id = typeof claim === 'string' && /^\d{1,10}$/.test(claim) ? Number(claim) : claim
  return typeof id === 'number' && isPosixId(id) ? id : undefined
}

function described(entry: unknown): { readonly name?: string; readonly id?: number } {
  if (typeof entry === 'string') return { name: entry }
  if (typeof entry !== 'object' || entry === null) return {}
  const { name, id: given } = entry as { name?: unknown; id?: unknown }
  const id = readPosixId(given)
  return typeof name === 'string' ? { name, ...(id !== undefined && { id }) } : {}
}

function withoutSlash(name: string): string {
  return name.replace(/^\//, '')
}
