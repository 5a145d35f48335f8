import { type Location, locationsFor, prefixesOf } from '../core/explain/location.js'
import type { Settings } from '../settings/schema.js'
import type { Context } from '../storage/context.js'
import { learnedLocations } from '../storage/redis/learned-locations.js'

/** Lists the locations that the settings declare, and those that checks taught. */
export async function knownLocations(context: Context): Promise<Location[]> {
  const learned = await learnedLocations(context.redis, context.clock())
  return [...declaredLocations(context.settings), ...learned]
}

/** Finds the locations that an address falls under, among those that are known. */
export async function findLocations(context: Context, url: string): Promise<Location[]> {
  return locationsFor(url, await knownLocations(context))
}

function declaredLocations({ services, baseUrl }: Settings): Location[] {
  return [...services].flatMap(([name, { at, requires }]) => {
    const [prefix] = prefixesOf(new URL(at, baseUrl).href)
    return prefix === undefined ? [] : [{ prefix, query: requires, source: 'declared' as const, name }]
  })
}
