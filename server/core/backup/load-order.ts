/** That the rows of a table refer to rows of another one, a foreign key. */
export interface Reference {
  readonly from: string
  readonly to: string
}

/**
 * Sorts tables so that each comes after those that its rows refer to: PostgreSQL checks a reference as soon as a table is
 * loaded, and only a superuser may switch that off.
 *
 * @throws for tables that refer to one another in a circle: no order loads them
 */
export function loadOrder(tables: readonly string[], references: readonly Reference[]): string[] {
  const ordered: string[] = []
  let waiting = [...tables].sort()
  while (waiting.length > 0) {
    const isReady = (table: string) =>
      references.every(({ from, to }) => from !== table || to === table || !waiting.includes(to))
    const ready = waiting.filter(isReady)
    if (ready.length === 0) throw new Error(`Tables that refer to one another: ${waiting.join(', ')}`)
    ordered.push(...ready)
    waiting = waiting.filter((table) => !ready.includes(table))
  }
  return ordered
}
