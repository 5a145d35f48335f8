import { Router } from 'express'
import { homeOf } from '../../core/token/token.js'
import { userAgentName } from '../../core/user-agent.js'
import {
  dismissNotice,
  dismissNotices,
  type NoticeList,
  type StoredNotice,
} from '../../storage/postgres/notices/notices.js'
import { noticeOrigin, noticeSentence } from '../../tokens/notices/sentence.js'
import type { Words } from '../../words/words.js'
import { fieldOf, requireForm, type SignedInRequest } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import type { ListedNotice, ListedNotices } from './view-models.js'

/** The number of a notice: a BIGSERIAL of PostgreSQL. */
const NUMBER = /^\d{1,18}$/

/** Dismisses notices: one, or all that the page showed. */
export function noticePages(pages: PageServices): Router {
  const { context, at } = pages

  async function dismiss({ request, response, user }: SignedInRequest): Promise<void> {
    const { username } = user.session
    const [one, newest] = [fieldOf(request, 'notice'), fieldOf(request, 'newest')]
    if (NUMBER.test(one)) await dismissNotice(context.postgres, username, one, context.clock())
    else if (NUMBER.test(newest)) await dismissNotices(context.postgres, username, newest, context.clock())
    response.redirect(303, at('/auth/tokens'))
  }

  return Router().post('/auth/notices/dismiss', requireForm(pages, dismiss))
}

/** Returns the notices as the page shows them; undefined where there are none. */
export function listedNotices({ notices, older }: NoticeList, words: Words): ListedNotices | undefined {
  if (notices.length === 0 && !older) return undefined
  // What comes after the page is not dismissed unseen; `0` dismisses the older ones alone.
  return { shown: notices.map(listed(words)), newest: notices[0]?.id ?? '0', ...(older && { older }) }
}

const listed =
  (words: Words) =>
  ({ id, kind, at, token, facts }: StoredNotice): ListedNotice => ({
    id,
    at,
    sentence: noticeSentence({ kind, facts }, words),
    origin: noticeOrigin(facts, clientOf, words),
    ...(facts.reason !== undefined && { reason: facts.reason }),
    ...(token !== undefined && homeOf(token) === 'postgres' && { page: `/auth/tokens/${token}` }),
    ...(kind === 'accessGiven' && { page: '/auth/programs' }),
  })

/** Browsers call themselves by long names that begin with Mozilla; programs by short ones. */
function clientOf(userAgent: string): string {
  return userAgent.startsWith('Mozilla/') ? userAgentName(userAgent) : userAgent
}
