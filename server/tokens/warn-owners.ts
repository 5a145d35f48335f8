import { type EpochSeconds, longTime } from '../core/time.js'
import type { Person } from '../core/token/owner-limits.js'
import { findPerson } from '../people/find-person.js'
import type { Context } from '../storage/context.js'
import { claimWarnings, type EndingToken, findEnding } from '../storage/postgres/expiry-warnings.js'
import { LdapUnavailable } from '../storage/unavailable.js'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Sends a mail; throws when no server accepts it. */
export type SendMail = (mail: Mail) => Promise<void>

/**
 * Writes to the owners of tokens that are about to end: once for each token and threshold, all of one person's tokens in
 * one mail. The sending process holds the tokens' warnings in a transaction meanwhile, so that two replicas never both send;
 * when the mail is not taken, the warnings are taken back and it is tried again later.
 *
 * @returns how many mails were handed in
 */
export async function warnOwners(context: Context, send: SendMail): Promise<number> {
  const { settings, postgres, clock } = context
  let sent = 0
  // The nearest first: after a long stop no owner is warned of a week when there is a day left.
  for (const threshold of [...settings.warnBefore].sort((a, b) => a - b)) {
    const due = await findEnding(postgres, clock(), threshold, settings.tokenPolicy.user?.idle)
    for (const [username, tokens] of due) if (await warn(context, send, { username, tokens, threshold })) sent++
  }
  return sent
}

interface Warning {
  readonly username: string
  readonly tokens: readonly EndingToken[]
  readonly threshold: EpochSeconds
}

async function warn(context: Context, send: SendMail, warning: Warning): Promise<boolean> {
  try {
    return await mailOwner(context, send, warning, await findPerson(context, warning.username))
  } catch (error) {
    // Retried later. One unreadable entry of the directory must not keep back the mails of the other owners.
    if (error instanceof LdapUnavailable) return false
    throw error
  }
}

function mailOwner(
  context: Context,
  send: SendMail,
  { username, tokens, threshold }: Warning,
  person: Person | undefined,
): Promise<boolean> {
  const to = tokens.find(({ email }) => email !== undefined)?.email ?? person?.email
  return context.postgres.prisma.$transaction(
    async (db) => {
      const keys = tokens.map(({ key }) => key)
      const claimed = await claimWarnings(db, keys, threshold, context.clock())
      const mine = tokens.filter(({ key }) => claimed.has(key))
      if (to === undefined || person?.disabled || mine.length === 0) return false
      await send({ to, ...letter(context, person?.name ?? username, mine) })
      return true
    },
    { timeout: SEND_TIMEOUT_MS },
  )
}

/** How long a mail server may take to take a mail. */
const SEND_TIMEOUT_MS = 60_000

function letter(
  { settings: { site, baseUrl } }: Context,
  name: string,
  tokens: readonly EndingToken[],
): Pick<Mail, 'subject' | 'text'> {
  const [first] = tokens
  const what = tokens.length === 1 ? `Your token ${first?.name}` : `${tokens.length} of your tokens`
  const lines = tokens.map(({ key, name: called, ends, idle }) => {
    const unless = idle ? ', unless it is used before' : ''
    return `  ${called}\n  ends on ${longTime(ends)}${unless}\n  ${new URL(`/auth/tokens/${key}`, baseUrl)}\n`
  })
  return {
    subject: `${what} will end soon (${site.name})`,
    text: [
      `Hello ${name},`,
      '',
      `${what} at ${site.name} will stop working:`,
      '',
      ...lines,
      `Programs that still use one need a new one by then: ${new URL('/auth/tokens/new', baseUrl)}`,
      'If nothing uses it any more, there is nothing to do.',
      '',
    ].join('\n'),
  }
}
