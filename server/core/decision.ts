import { hasExpired } from './lifetime.js'
import { Refusal } from './refusal.js'
import type { Requirement } from './requirement.js'
import type { Scope } from './scope.js'
import type { EpochSeconds } from './time.js'

/** Whether a token that exists, and whose secret was right, may pass at this instant. */
export function decide(
  requirement: Pick<Requirement, 'scopes' | 'satisfy'>,
  token: { readonly scopes: readonly Scope[]; readonly expires?: EpochSeconds },
  now: EpochSeconds,
): Refusal | undefined {
  if (hasExpired(token.expires, now)) return new Refusal('invalid_token')
  if (!hasScopes(requirement, token.scopes)) return new Refusal('insufficient_scope')
  return undefined
}

function hasScopes({ scopes, satisfy }: Pick<Requirement, 'scopes' | 'satisfy'>, held: readonly Scope[]): boolean {
  const has = (scope: Scope) => held.includes(scope)
  return satisfy === 'all' ? scopes.every(has) : scopes.some(has)
}
