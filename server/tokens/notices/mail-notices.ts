import { mailedKinds } from '../../core/notices/mail.js'
import type { NoticeKind } from '../../core/notices/notice.js'
import { isUsername } from '../../core/people/identifiers.js'
import { findPerson } from '../../people/find-person.js'
import type { Context } from '../../storage/context.js'
import { claimNoticesToMail, endNoticeMail, findUsersToMail } from '../../storage/postgres/notices/mail-queue.js'
import { findPinnedEmail } from '../../storage/postgres/tokens.js'
import { LdapUnavailable } from '../../storage/unavailable.js'
import type { SendMail } from '../warn-owners.js'
import { noticeLetter } from './letter.js'
import { wordsOfUser } from './words-of-user.js'

/** So many failures in a row are the mail server's, and not those of a mailbox. */
const MOST_FAILURES = 3

/**
 * Mails notices to their owners, all of a user's in one mail, also those that were dismissed since: a thief with a session may
 * have dismissed them. Each is sent by one process. A process that dies between the answer of the mail server and its own note
 * of it sends twice: a second mail harms less than a warning of a theft that was lost.
 *
 * @returns how many mails were handed in
 */
export async function mailNotices(context: Context, send: SendMail): Promise<number> {
  const { postgres, settings, clock, log } = context
  const kinds = mailedKinds(settings)
  let [sent, failures] = [0, 0]
  for (const username of await findUsersToMail(postgres, kinds, clock())) {
    try {
      if (await mailUser(context, send, { username, kinds })) sent++
      failures = 0
    } catch (error) {
      log.warn({ err: error, user: username }, 'Notices not mailed')
      if (++failures === MOST_FAILURES) break
    }
  }
  return sent
}

async function mailUser(
  context: Context,
  send: SendMail,
  { username, kinds }: { readonly username: string; readonly kinds: readonly NoticeKind[] },
): Promise<boolean> {
  const { postgres, settings, clock } = context
  // Before the claim: of a user name that is released meanwhile, nothing is left to claim for its next owner.
  const reader = await findReader(context, username)
  const notices = await claimNoticesToMail(postgres, { username, kinds }, clock())
  if (notices.length === 0 || !reader) return false
  const { name, to } = reader
  if (to === undefined) {
    await endNoticeMail(postgres, notices, undefined)
    return false
  }
  await send({
    to,
    ...noticeLetter({ ...settings, name, words: await wordsOfUser(postgres.prisma, username) }, notices),
  })
  await endNoticeMail(postgres, notices, clock())
  return true
}

/** Finds a user's name and address; undefined while the directory does not answer. Also a disabled user's, who sees no page. */
async function findReader(
  context: Context,
  username: string,
): Promise<{ readonly name: string; readonly to: string | undefined } | undefined> {
  // A colleague who was given access by an address that no user here has.
  if (!isUsername(username)) return { name: username, to: username }
  try {
    const person = await findPerson(context, username)
    const to = person?.email ?? (await findPinnedEmail(context.postgres, username))
    return { name: person?.name ?? username, to }
  } catch (error) {
    if (error instanceof LdapUnavailable) return undefined
    throw error
  }
}
