import type { Request } from 'express'
import { type EpochSeconds, MINUTE } from '../../../core/time.js'
import { isTokenKey, type TokenKey } from '../../../core/token/token.js'
import type { Context } from '../../../storage/context.js'
import { countRevokedWith } from '../../../storage/postgres/history/ended-tokens.js'
import { countDismissedAt } from '../../../storage/postgres/notices/undo.js'
import { listTokenHistory } from '../../../storage/postgres/token-history.js'
import type { Words } from '../../../words/words.js'
import type { ListNotice } from '../view-models.js'

/** For so long a dismissal of notices can be undone; longer than its offer is on the page of most users. */
export const UNDO = 10 * MINUTE

interface Reading {
  readonly context: Context
  readonly username: string
  readonly words: Words
  readonly at: (path: string) => string
}

/**
 * Returns the result of the form whose redirect leads to this address.
 *
 * Attack: a link must not make this page claim something. So all but the ends of sessions is read from the stores.
 */
export async function resultOf({ query }: Request, reading: Reading): Promise<ListNotice | undefined> {
  const { words } = reading
  if (query.ended === 'one') return { text: words.prose('account.sessions.loggedOut') }
  if (query.ended === 'others') return { text: words.prose('account.sessions.othersLoggedOut') }
  if (typeof query.dismissed === 'string' && /^\d{1,12}$/.test(query.dismissed)) {
    return dismissed(Number(query.dismissed), reading)
  }
  return typeof query.revoked === 'string' && isTokenKey(query.revoked) ? revoked(query.revoked, reading) : undefined
}

async function revoked(key: TokenKey, { context, username, words, at }: Reading): Promise<ListNotice | undefined> {
  const { prisma } = context.postgres
  const [last] = await listTokenHistory(prisma, username, key)
  if (last?.action !== 'revoke') return undefined
  // A notebook's or a service's token has no page.
  if (last.tokenType !== 'user') return { text: words.prose('delegated.revoked', { key }) }
  const count = await countRevokedWith(prisma, last)
  const ended = { href: at('/auth/tokens?show=ended') }
  if (count > 1) return { text: words.prose('tokens.list.revokedMany', { count, ended }) }
  const page = { href: at(`/auth/tokens/${key}`) }
  return { text: words.prose('tokens.list.revoked', { name: last.tokenName ?? key, page }) }
}

async function dismissed(when: EpochSeconds, { context, username, words }: Reading): Promise<ListNotice | undefined> {
  const now = context.clock()
  if (when > now || when < now - UNDO) return undefined
  const count = await countDismissedAt(context.postgres, username, when)
  return count === 0 ? undefined : { text: words.prose('tokens.notices.dismissed', { count }), undo: when }
}
