import { idleEnd, idleLimits } from '../../core/token/idle-timeout.js'
import { endsLater } from '../../core/token/lifetime.js'
import type { TokenRecord } from '../../core/token/record.js'
import { formatToken } from '../../core/token/token.js'
import type { Settings } from '../../settings/schema.js'
import type { CreatedToken } from '../../tokens/insert.js'
import { duration } from '../../words/duration.js'
import type { Words } from '../../words/words.js'
import { shownRecipes } from '../recipes/shown.js'
import { trialOf } from './trial.js'
import type { TokenCreated } from './view-models.js'

type NewToken = Pick<
  TokenCreated,
  'name' | 'forService' | 'scopes' | 'expires' | 'idle' | 'token' | 'recipes' | 'trial'
>

/** Describes a new token for the one page that shows it: as it was stored, not as it was asked for. */
export function newToken(settings: Settings, { token, record }: CreatedToken, words: Words): NewToken {
  const { type, name, username, scopes, expires } = record
  const idle = firstUnused(settings, record, words)
  const forService = type === 'service'
  const text = formatToken(token)
  return {
    name: name ?? username,
    ...(forService && { forService }),
    scopes,
    token: text,
    trial: trialOf(settings, text, scopes),
    recipes: shownRecipes(settings, words, { token: text, scopes, name, forService }),
    ...(expires !== undefined && { expires }),
    ...(idle && { idle }),
  }
}

/** When a token ends that is never used, where that is sooner than its expiry. */
function firstUnused(settings: Settings, record: TokenRecord, words: Words): NewToken['idle'] {
  const end = idleEnd(record, idleLimits(settings))
  if (end === undefined || !endsLater(record.expires, end)) return undefined
  return { time: duration(end - record.created, words), end }
}
