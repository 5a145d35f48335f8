import { type ActId, mintActId } from '../../core/token/act.js'
import type { ReasonedActor } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'

/**
 * Returns an actor whose changes from now on are one act: each history entry and audit event has its identifier. An act that is
 * part of another one is that one.
 */
export function asOneAct<A extends ReasonedActor>(
  { random }: Pick<Context, 'random'>,
  actor: A,
): A & { readonly act: ActId } {
  return { ...actor, act: actor.act ?? mintActId(random) }
}
