import type { TokenRecord } from '../../core/token/record.js'
import { findPerson } from '../../people/find-person.js'
import type { Context } from '../../storage/context.js'
import type { Mail, SendMail } from '../warn-owners.js'

/** The part of a context that writes to users. */
export interface SendsMail {
  /** Absent where the site has no mail server. */
  readonly mail?: SendMail
}

/** Writes to the owner of a leaked token. A mail that no server takes is logged: the token is revoked all the same. */
export async function mailOwner(context: Context & SendsMail, token: TokenRecord, place?: string): Promise<void> {
  try {
    const person = await findPerson(context, token.username)
    const to = token.pinned?.email ?? person?.email
    if (to === undefined) return
    await context.mail?.({ to, ...letter(context, { token, name: person?.name ?? token.username, place }) })
  } catch (error) {
    context.log.warn({ err: error, token: token.key }, 'Owner of a leaked token not reached')
  }
}

interface Facts {
  readonly token: TokenRecord
  readonly name: string
  readonly place: string | undefined
}

function letter(
  { settings: { site, baseUrl } }: Context,
  { token, name, place }: Facts,
): Pick<Mail, 'subject' | 'text'> {
  const what = token.name === undefined ? 'A token of yours' : `Your token ${token.name}`
  const where = place === undefined ? 'The finder did not say where.' : `It was found here: ${place}`
  return {
    subject: `${what} was found and revoked (${site.name})`,
    text: [
      `Hello ${name},`,
      '',
      `${what} at ${site.name} was found where others can read it, and was reported.`,
      where,
      '',
      'It was revoked at once, with every token that was made with it. Programs that use one of them need a new one:',
      `  ${new URL('/auth/tokens/new', baseUrl)}`,
      '',
      'Remove the old one from where it was found, and look at its history for uses that are not yours:',
      `  ${new URL(`/auth/tokens/${token.key}`, baseUrl)}`,
      '',
    ].join('\n'),
  }
}
