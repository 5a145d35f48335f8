import { Router } from 'express'
import { homeOf } from '../../core/token/token.js'
import {
  dismissNotice,
  dismissNotices,
  listNotices,
  type NoticeList,
  type StoredNotice,
} from '../../storage/postgres/notices/notices.js'
import { undoDismissal } from '../../storage/postgres/notices/undo.js'
import { noticeOrigin, noticeSentence, reasonSentence } from '../../tokens/notices/sentence.js'
import { clientName } from '../../words/client-name.js'
import type { Words } from '../../words/words.js'
import { fieldOf, requireForm, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { UNDO } from './list/result.js'
import type { ListedNotice, ListedNotices } from './view-models.js'

/** Further notices are folded away; one alone takes no more room than its fold. */
const MAX_SHOWN = 3

/** The number of a notice: a BIGSERIAL of PostgreSQL. */
const NUMBER = /^\d{1,18}$/

/** Dismisses notices: one, or all that the page showed; and brings them back. */
export function noticePages(pages: PageServices): Router {
  const { context, at } = pages

  async function dismiss({ request, response, user }: SignedInRequest): Promise<void> {
    const { username } = user.session
    const now = context.clock()
    const [one, newest] = [fieldOf(request, 'notice'), fieldOf(request, 'newest')]
    const { older } = await listNotices(context.postgres, username)
    if (NUMBER.test(one)) await dismissNotice(context.postgres, username, one, now)
    else if (NUMBER.test(newest)) await dismissNotices(context.postgres, username, newest, now)
    // The count of older notices goes with all of them, and nothing could bring it back: half an undo is none.
    const isUndoable = NUMBER.test(one) || older === undefined
    response.redirect(303, at(isUndoable ? `/auth/tokens?dismissed=${now}` : '/auth/tokens'))
  }

  async function undo({ request, response, user }: SignedInRequest): Promise<void> {
    const when = Number(fieldOf(request, 'dismissed'))
    const now = context.clock()
    if (Number.isInteger(when) && when <= now && when >= now - UNDO) {
      await undoDismissal(context.postgres, user.session.username, when)
    }
    response.redirect(303, at('/auth/tokens#notices'))
  }

  return Router()
    .post('/auth/notices/dismiss', requireForm(pages, dismiss))
    .post('/auth/notices/undo', requireForm(pages, undo))
}

/** Returns the notices as the page shows them; undefined where there are none. */
export function listedNotices(
  { notices, older }: NoticeList,
  words: Words,
  at: PageServices['at'],
): ListedNotices | undefined {
  if (notices.length === 0 && !older) return undefined
  // What comes after the page is not dismissed unseen; `0` dismisses the older ones alone.
  const all = notices.map(listed(words, at))
  const shown = all.length > MAX_SHOWN + 1 ? all.slice(0, MAX_SHOWN) : all
  return { shown, folded: all.slice(shown.length), newest: notices[0]?.id ?? '0', ...(older && { older }) }
}

const listed =
  (words: Words, path: PageServices['at']) =>
  ({ id, kind, at, token, facts }: StoredNotice): ListedNotice => ({
    id,
    at,
    sentence: noticeSentence({ kind, facts }, words),
    origin: noticeOrigin(facts, (client) => clientName(client, words), words),
    ...(facts.reason !== undefined && { reason: reasonSentence(facts, facts.reason, words) }),
    ...(token !== undefined && homeOf(token) === 'postgres' && { page: path(`/auth/tokens/${token}`) }),
    ...(kind === 'accessGiven' && { page: path('/auth/programs') }),
  })
