import type { Settings } from './schema.js'

/** Lists the groups to which the site gives scopes, quotas, or freedom from quotas. */
export function privilegedGroups({
  groupMapping,
  quota,
}: Pick<Settings, 'groupMapping' | 'quota'>): ReadonlySet<string> {
  const mapped = [...groupMapping.values()].flatMap((groups) => [...groups])
  return new Set([...mapped, ...Object.keys(quota?.groups ?? {}), ...(quota?.bypass ?? [])])
}
