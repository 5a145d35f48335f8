import { HOUR, MINUTE } from '../time.js'
import { NOTICE_KINDS, type NoticeKind } from './notice.js'

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
