import { ownUrl } from '../site/base-path.js'
import { HOUR, longTime, MINUTE } from '../time.js'
import { homeOf } from '../token/token.js'
import { clientInMail } from '../user-agent.js'
import { MOST_NOTICES, NOTICE_KINDS, type Notice, type NoticeKind } from './notice.js'
import { noticeOrigin, noticeSentence } from './sentence.js'

/** The settings that say which notices are mailed. */
export interface NoticeMailSettings {
  readonly notices: Readonly<Record<NoticeKind, boolean>> & { readonly mail: Readonly<Record<NoticeKind, boolean>> }
  /** Absent where the site has no mail server. */
  readonly smtpUrl?: unknown
}

/** Shortest time between two mails to a user: what happens in between is in the second one. */
export const MAIL_GAP = 10 * MINUTE

/** Mail that no server took is tried again after the age of its notice, within these. */
export const MAIL_RETRY = { least: 10 * MINUTE, most: 6 * HOUR }

/** Returns the kinds of notices that the site mails. */
export function mailedKinds({ notices, smtpUrl }: NoticeMailSettings): NoticeKind[] {
  return smtpUrl === undefined ? [] : NOTICE_KINDS.filter((kind) => notices[kind] && notices.mail[kind])
}

/** Of whom and of which site a letter is. */
export interface NoticeReader {
  /** The user's own name, or user name. */
  readonly name: string
  readonly site: { readonly name: string }
  readonly baseUrl: URL
}

/**
 * Writes one letter of a user's notices, the newest first. Its links lead to the site's own pages, and no text of
 * a client's is in it but names.
 *
 * @param notices at least one; those beyond {@link MOST_NOTICES} are only counted
 */
export function noticeLetter(
  { name, site, baseUrl }: NoticeReader,
  notices: readonly Notice[],
): { readonly subject: string; readonly text: string } {
  const [first] = notices
  const subject =
    notices.length === 1 && first
      ? noticeSentence(first).replace(/\.$/, '')
      : `${notices.length} notices about your account`
  const older = notices.length - MOST_NOTICES
  return {
    subject: `${subject} (${site.name})`,
    text: [
      `Hello ${name},`,
      '',
      `This happened in your account at ${site.name}:`,
      '',
      ...notices.slice(0, MOST_NOTICES).flatMap((notice) => paragraph(notice, baseUrl)),
      ...(older > 0 ? [`  and ${older} more, before these.`, ''] : []),
      'If all of it was you, there is nothing to do. If one of these was not you, revoke the token, or log out the session and',
      'change your password. Your tokens, sessions and notices are on this page:',
      `  ${ownUrl(baseUrl, '/auth/tokens')}`,
      '',
    ].join('\n'),
  }
}

function paragraph({ kind, at, token, facts }: Notice, baseUrl: URL): string[] {
  const origin = noticeOrigin(facts, clientInMail)
  const lines = [
    noticeSentence({ kind, facts }),
    ...(origin === undefined ? [] : [origin]),
    ...(facts.reason === undefined ? [] : [`Reason: ${facts.reason.replace(/\s+/g, ' ')}`]),
    longTime(at),
    ...(homeOf(token) === 'postgres' ? [ownUrl(baseUrl, `/auth/tokens/${token}`).href] : []),
  ]
  return [...lines.map((line) => `  ${line}`), '']
}
