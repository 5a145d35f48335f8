import { isOfAccess, MOST_NOTICES, type Notice } from '../../core/notices/notice.js'
import { ownUrl } from '../../core/site/base-path.js'
import { homeOf } from '../../core/token/token.js'
import { clientInMail } from '../../words/client-name.js'
import type { Words } from '../../words/words.js'
import { noticeOrigin, noticeSentence, reasonSentence } from './sentence.js'

/** The reader of a letter, and the site that sends it. */
export interface NoticeReader {
  /** The user's own name, or user name. */
  readonly name: string
  readonly site: { readonly name: string }
  readonly baseUrl: URL
  readonly words: Words
}

/**
 * Writes one letter of a user's notices, the newest first. Its links lead to the site's own pages, and no text of
 * a client's is in it but names.
 *
 * @param notices at least one; those beyond {@link MOST_NOTICES} are only counted
 */
export function noticeLetter(
  { name, site, baseUrl, words }: NoticeReader,
  notices: readonly Notice[],
): { readonly subject: string; readonly text: string } {
  const [first] = notices
  const about = {
    count: notices.length,
    site: site.name,
    topic: notices.every(({ kind }) => isOfAccess(kind)) ? 'access' : 'account',
  }
  const subject =
    notices.length === 1 && first
      ? noticeSentence(first, words).replace(/[.。]$/, '')
      : words.text('mail.notices.subject', about)
  const older = notices.length - MOST_NOTICES
  return {
    subject: `${subject} (${site.name})`,
    text: [
      words.text('mail.hello', { name }),
      '',
      words.text('mail.notices.intro', about),
      '',
      ...notices.slice(0, MOST_NOTICES).flatMap((notice) => paragraph(notice, baseUrl, words)),
      ...(older > 0 ? [`  ${words.text('mail.notices.older', { count: older })}`, ''] : []),
      words.text('mail.notices.what', about),
      `  ${ownUrl(baseUrl, about.topic === 'access' ? '/auth/programs' : '/auth/tokens')}`,
      '',
    ].join('\n'),
  }
}

function paragraph({ kind, at, token, facts }: Notice, baseUrl: URL, words: Words): string[] {
  const origin = noticeOrigin(facts, (client) => clientInMail(client, words), words)
  const { reason } = facts
  const lines = [
    noticeSentence({ kind, facts }, words),
    ...(origin.length === 0 ? [] : [origin.join(' · ')]),
    ...(reason === undefined ? [] : [reasonSentence(facts, reason.replace(/\s+/g, ' '), words)]),
    words.moment(at, at).exact,
    ...(token !== undefined && homeOf(token) === 'postgres' ? [ownUrl(baseUrl, `/auth/tokens/${token}`).href] : []),
  ]
  return [...lines.map((line) => `  ${line}`), '']
}
