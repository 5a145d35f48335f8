import type { UseBars } from '../../../core/pictures/use-bars.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { TokenHistoryEntry } from '../../../core/token/history.js'
import { hasExpired } from '../../../core/token/lifetime.js'
import { isLasting, type TokenRecord } from '../../../core/token/record.js'
import { isOld } from '../../../core/token/rotation.js'
import type { TokenKey } from '../../../core/token/token.js'
import { oneLine } from '../../../core/token-list/one-line.js'
import { programName } from '../../../core/token-list/program-name.js'
import { isBrowser } from '../../../core/user-agent.js'
import { browserName } from '../../../words/client-name.js'
import type { Words } from '../../../words/words.js'
import type { Annotations } from '../annotate.js'
import { duplicateLink } from '../duplicate-link.js'
import type { EndedRow, ListedRow } from '../view-models.js'

/** What a row has besides its token. */
interface Beside {
  readonly bars: UseBars
  /** The token that was just created. */
  readonly created: TokenKey | undefined
  readonly now: EpochSeconds
  readonly at: (path: string) => string
  readonly words: Words
}

/** Makes a row of the list. */
export function listedRow(token: TokenRecord & Annotations, { bars, created, now, at, words }: Beside): ListedRow {
  const { client = '' } = token.lastUsed ?? {}
  const program = isBrowser(client) ? browserName(client, words) : programName(client)
  return {
    bars,
    permissions: oneLine(token.scopes),
    hasNewPlace: bars.marks.some(({ x }) => x === bars.width - 1),
    isNew: token.key === created,
    isReplaced: isOld(token),
    canRotate: isLasting(token) && !hasExpired(token.expires, now) && !isOld(token) && !token.suspension,
    duplicate: at(duplicateLink(token)),
    ...(program !== '' && { program }),
    // Last: V8 takes ten times as long to add to a copy as to copy to an object of its own.
    ...token,
  }
}

/** Makes a row of a token that has ended, from the last entry of its history. */
export function endedRow({ token, tokenName, scopes, action, actor, at }: TokenHistoryEntry): EndedRow {
  return {
    token,
    at,
    actor,
    name: tokenName ?? token,
    how: action === 'expire' ? 'expired' : 'revoked',
    permissions: oneLine(scopes),
  }
}
