import type { Scope } from '../../../core/token/scope.js'
import type { Context } from '../../../storage/context.js'
import { listLivingTokens } from '../../../storage/postgres/tokens.js'
import type { Words } from '../../../words/words.js'
import type { ExpiryChoice } from '../../shared/format/expiry.js'
import { describeScopes, idleWords, offeredFor } from '../form.js'
import { nextSteps } from './next-steps.js'
import { endOfTomorrow } from './prefill.js'
import type { TokenCreate } from './view-models.js'

type Grant = Pick<TokenCreate, 'scopes' | 'expiryChoices' | 'idle' | 'tomorrow' | 'next'>

/** Lists what the form of a new token offers: scopes, ends, and how long it may go without a use. */
export function offersOf(
  { settings, clock }: Pick<Context, 'settings' | 'clock'>,
  type: 'user' | 'service',
  scopes: readonly Scope[],
  words: Words,
): Grant {
  const now = clock()
  const expiryChoices = offeredFor(settings, type, now)
  return {
    scopes: describeScopes(settings, scopes),
    ...idleWords(settings, type, words),
    expiryChoices,
    tomorrow: tomorrowWithin(expiryChoices, now, words.reader.timeZone),
    next: nextSteps(settings, scopes, type === 'service', words),
  }
}

/** Returns the end that a choice of a date begins with, where the token may last until then. */
export function tomorrowWithin(choices: readonly ExpiryChoice[], now: number, timeZone?: string): string {
  const latest = choices.find(({ value }) => value === 'longest' || value === 'keep')
  return endOfTomorrow(now, latest?.expires, timeZone)
}

/** A page is no place for more of them; the server checks each name in any case. */
const MOST_NAMES = 500

/** Lists the names that a user's tokens have. */
export async function takenNames({ postgres, clock }: Context, username: string): Promise<readonly string[]> {
  const tokens = await listLivingTokens(postgres, username, clock(), { most: MOST_NAMES })
  return tokens.flatMap(({ name }) => (name === undefined ? [] : [name]))
}
