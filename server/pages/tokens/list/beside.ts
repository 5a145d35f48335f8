import type { Suspension } from '../../../core/incident/suspension.js'
import { DAY, type EpochSeconds } from '../../../core/time.js'
import type { TokenHistoryEntry } from '../../../core/token/history.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Context } from '../../../storage/context.js'
import { besideTokens } from '../../../storage/postgres/history/beside-tokens.js'
import { listEndedTokens } from '../../../storage/postgres/history/ended-tokens.js'
import { listNotices, type NoticeList } from '../../../storage/postgres/notices/notices.js'
import type { PersonRows } from '../../../storage/postgres/people.js'
import { suspensionsOfUser } from '../../../storage/postgres/suspensions/suspensions.js'
import type { RedisToken } from '../../../storage/redis/tokens.js'
import { importedOf } from '../../../tokens/imported/imported.js'

/** For so long the list has tokens that have ended. */
const ENDED_SHOWN = 90 * DAY
/** So many tokens that have ended are read. */
const MOST_ENDED = 1000

/** What the list shows beside tokens that are alive. */
export interface Beside {
  readonly ended: Promise<readonly TokenHistoryEntry[]>
  readonly imported: Promise<readonly RedisToken[]>
  readonly notices: Promise<NoticeList>
  readonly suspensions: Promise<ReadonlyMap<TokenKey, Suspension>>
  readonly owner: Promise<PersonRows>
}

/** Reads who a user is, and what they have beside tokens that are alive. For most users that is one statement, which says that there is nothing. */
export function besideOf(context: Context, username: string, now: EpochSeconds): Beside {
  const { postgres } = context
  const since = now - ENDED_SHOWN
  const has = besideTokens(postgres, username, since)
  return {
    ended: has.then(({ ended }) => (ended ? listEndedTokens(postgres, username, since, MOST_ENDED) : [])),
    imported: has.then(({ imported }) => (imported ? importedOf(context, username) : [])),
    notices: has.then(({ notices }) => (notices ? listNotices(postgres, username) : { notices: [] })),
    suspensions: has.then(({ suspensions }) => (suspensions ? suspensionsOfUser(postgres, username) : new Map())),
    owner: has.then(({ owner }) => owner),
  }
}
