import { LIST_DAYS, type UseBars, useBars } from '../../core/pictures/use-bars.js'
import { usesByDay } from '../../core/pictures/use-days.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { listUseDays } from '../../storage/postgres/uses/use-days.js'

/**
 * Reads the uses of many tokens in one query, and returns the bars of each; the view `shared/use-bars` draws them. The caller
 * passes keys that its reader may see.
 */
export async function barsOf(
  { postgres, clock }: Pick<Context, 'postgres' | 'clock'>,
  tokens: readonly TokenKey[],
  days = LIST_DAYS,
): Promise<(key: TokenKey) => UseBars> {
  const logged = await listUseDays(postgres, tokens, { now: clock(), days })
  const unused = useBars(usesByDay([], days))
  return (key) => {
    const uses = logged.get(key)
    return uses ? useBars(usesByDay(uses, days)) : unused
  }
}
