/** Levels of groups within groups that are followed. */
export const MAX_DEPTH = 10
/** Groups of one user, beyond which no more are looked for. */
export const MAX_GROUPS = 1_000

/** An entry of a group. */
interface Named {
  readonly dn: string
}

/**
 * Adds the groups that contain groups: those of the given ones, those of these, and so on. A cycle ends where it began.
 *
 * Attack: groups that contain groups without an end would keep the directory and the sign-in busy. Beyond the bounds groups are
 * missing, which gives less access and not more.
 *
 * @param first the groups that list the user
 * @param parentsOf the groups that list one of the given groups as a member
 * @param isOverBound is called when groups are missing
 */
export async function withContainingGroups<Entry extends Named>(
  first: readonly Entry[],
  parentsOf: (groups: readonly Entry[]) => Promise<readonly Entry[]> | readonly Entry[],
  isOverBound: () => void,
): Promise<Entry[]> {
  const found = new Map(first.map((entry) => [plainDn(entry.dn), entry]))
  let level = [...found.values()]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_DEPTH || found.size > MAX_GROUPS) {
      isOverBound()
      break
    }
    const parents = await parentsOf(level)
    level = parents.filter(({ dn }) => !found.has(plainDn(dn)))
    for (const entry of level) found.set(plainDn(entry.dn), entry)
  }
  return [...found.values()]
}

/** Normalises case and spaces, to match names that one server wrote twice. Not for decisions. */
export function plainDn(dn: string): string {
  return dn.toLowerCase().replace(/\s*([,=+])\s*/g, '$1')
}
