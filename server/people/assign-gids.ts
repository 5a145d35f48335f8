import { isGroupName } from '../core/people/identifiers.js'
import type { Group } from '../core/token/record.js'
import type { Context } from '../storage/context.js'
import { FIRST_ID, findGroups, insertGroup } from '../storage/postgres/accounts.js'
import { isDuplicateGroup } from '../storage/postgres/constraint-errors.js'

/** Of several who come at once with the same new groups, one makes them and the others find them. */
const MAX_TRIES = 5

/**
 * Groups as a provider names them, each with a GID: the provider's own, else the one that the site's table has for the name or
 * now gives it, once and for good. Files belong to numbers: one that moved to another group would take them along.
 * Names that no service could use are left out.
 */
export async function assignGids(
  context: Context,
  named: readonly { readonly name: string; readonly id?: number }[],
): Promise<Group[]> {
  const usable = new Map(named.filter(({ name }) => isGroupName(name)).map((group) => [group.name, group]))
  const without = [...usable.values()].filter(({ id }) => id === undefined).map(({ name }) => name)
  const numbers = await numbersOf(context, without)
  return [...usable.values()].flatMap(({ name, id = numbers.get(name) }) => (id === undefined ? [] : [{ name, id }]))
}

async function numbersOf(context: Context, names: readonly string[], tries = MAX_TRIES): Promise<Map<string, number>> {
  const { prisma } = context.postgres
  const known = new Map((await findGroups(prisma, names)).map(({ name, id }) => [name, id]))
  try {
    for (const name of names)
      if (!known.has(name)) known.set(name, (await insertGroup(prisma, name, undefined, FIRST_ID)).id)
    return known
  } catch (error) {
    if (!isDuplicateGroup(error) || tries === 0) throw error
    return numbersOf(context, names, tries - 1)
  }
}
