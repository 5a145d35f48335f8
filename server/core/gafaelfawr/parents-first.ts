/** Sorts keys so that each comes after the ones that it came from, as far as these are among them. */
export function parentsFirst(keys: Iterable<string>, parents: ReadonlyMap<string, string>): string[] {
  const levels: string[][] = []
  for (const key of keys) {
    const depth = depthOf(key, parents)
    const level = levels[depth] ?? []
    level.push(key)
    levels[depth] = level
  }
  return levels.flat()
}

/** The longest chain that is looked at: a circle has no end. */
const MAXIMUM_DEPTH = 32

function depthOf(key: string, parents: ReadonlyMap<string, string>): number {
  let depth = 0
  for (let next = parents.get(key); next !== undefined && depth < MAXIMUM_DEPTH; next = parents.get(next)) depth++
  return depth
}
