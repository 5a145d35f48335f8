import { serviceOf } from '../../core/access/decision.js'
import { compileRequirement } from '../../core/access/requirement.js'
import type { Location } from '../../core/explain/location.js'
import { ExchangeFault, type ExchangeRequest } from '../../core/openid/exchange.js'
import { findLocations, knownLocations } from '../../explain/known-locations.js'
import type { Context } from '../../storage/context.js'

/**
 * Finds the services that a token is asked for, by the names that their checks compare. A service is known by the settings, or
 * because a proxy has asked for it.
 */
export async function findServices(
  context: Context,
  { audiences, resources }: Pick<ExchangeRequest, 'audiences' | 'resources'>,
): Promise<readonly string[] | ExchangeFault> {
  if (audiences.length === 0 && resources.length === 0) return []
  const known = new Set(servicesAt(await knownLocations(context)))
  const stranger = audiences.find((each) => !known.has(each))
  if (stranger !== undefined) return new ExchangeFault('invalid_target', 'audience is no service of this site')
  const named: string[] = []
  for (const resource of resources) {
    const [service, ...others] = new Set(servicesAt(await findLocations(context, resource)))
    if (service === undefined || others.length > 0)
      return new ExchangeFault('invalid_target', 'resource is at no one service of this site')
    named.push(service)
  }
  return [...new Set([...audiences, ...named])]
}

/** The names of services at locations. */
function servicesAt(locations: readonly Location[]): string[] {
  return locations.flatMap(({ query }) => serviceOf(compileRequirement(new URLSearchParams(query)).requirement) ?? [])
}
