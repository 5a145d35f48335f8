import { type EpochSeconds, MINUTE } from '../core/time.js'
import type { Person } from '../core/token/owner-limits.js'
import { findPerson } from '../people/find-person.js'
import type { Context } from '../storage/context.js'
import { claimWarnings, type EndingToken, endWarnings, findEnding } from '../storage/postgres/expiry-warnings.js'
import { LdapUnavailable } from '../storage/unavailable.js'
import { expiryLetter } from './notices/expiry-letter.js'
import { wordsOfUser } from './notices/words-of-user.js'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Sends a mail; throws when no server accepts it. */
export type SendMail = (mail: Mail) => Promise<void>

/** So many failures in a row are the mail server's, and not those of a mailbox. */
const MOST_FAILURES = 3

/** How long a warning is its process's alone. The mail server has answered by then, or never will. */
export const WARNING_RETRY = 10 * MINUTE

/**
 * Writes to the owners of tokens that are about to end: once for each token and threshold, all of one person's tokens in
 * one mail. Each is claimed, sent, and noted as sent, and no transaction is open meanwhile: a mail server may take minutes. One
 * that no server took is sent at the next try, and so is that of a process that died before its note, though the server may
 * have taken it: a second mail harms less than a warning that was lost.
 *
 * @returns how many mails were handed in
 */
export async function warnOwners(context: Context, send: SendMail): Promise<number> {
  const { settings, postgres, clock, log } = context
  let [sent, failures] = [0, 0]
  // The nearest first: after a long stop no owner is warned of a week when there is a day left.
  for (const threshold of [...settings.warnBefore].sort((a, b) => a - b)) {
    const due = await findEnding(postgres, clock(), threshold, settings.tokenPolicy.user?.idle)
    for (const [username, tokens] of due) {
      try {
        if (await warn(context, send, { username, tokens, threshold })) sent++
        failures = 0
      } catch (error) {
        log.warn({ err: error, user: username }, 'Warning of expiry not mailed')
        if (++failures === MOST_FAILURES) return sent
      }
    }
  }
  return sent
}

interface Warning {
  readonly username: string
  readonly tokens: readonly EndingToken[]
  readonly threshold: EpochSeconds
}

async function warn(context: Context, send: SendMail, { username, tokens, threshold }: Warning): Promise<boolean> {
  const { postgres, settings, clock } = context
  // Before the claim: what waits for the directory claims nothing.
  const reader = await findReader(context, username)
  if (!reader) return false
  const now = clock()
  const claimed = await claimWarnings(postgres, tokens, threshold, { now, until: now + WARNING_RETRY })
  const mine = tokens.filter(({ key }) => claimed.has(key))
  if (mine.length === 0) return false
  const { person } = reader
  const to = mine.find(({ email }) => email !== undefined)?.email ?? person?.email
  const isMailed = to !== undefined && !person?.disabled
  const words = await wordsOfUser(postgres.prisma, username)
  if (isMailed) await send({ to, ...expiryLetter({ ...settings, now, name: person?.name ?? username }, mine, words) })
  await endWarnings(postgres, [...claimed], threshold)
  return isMailed
}

/** Finds the owner; undefined while the directory does not answer. One unreadable entry keeps no other owner's mail back. */
async function findReader(
  context: Context,
  username: string,
): Promise<{ readonly person: Person | undefined } | undefined> {
  try {
    return { person: await findPerson(context, username) }
  } catch (error) {
    if (error instanceof LdapUnavailable) return undefined
    throw error
  }
}
