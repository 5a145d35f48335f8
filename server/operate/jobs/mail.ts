import type { Context } from '../../storage/context.js'
import type { SendMail } from '../../tokens/warn-owners.js'

const TIMEOUT_MS = 20_000

/** Opens the site's mail server. @returns undefined where none is configured */
export function mailer({ settings, counters }: Pick<Context, 'settings' | 'counters'>): SendMail | undefined {
  const { smtpUrl, mailFrom } = settings
  if (!smtpUrl || !mailFrom) return undefined
  const url = smtpUrl.reveal()
  const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS }
  // Most processes send no mail, and start sooner without.
  const transport = import('nodemailer').then(({ createTransport }) =>
    createTransport({ url, ...timeouts }, { from: mailFrom }),
  )
  return async ({ to, subject, text }) => {
    // Attack: an address such as `a@b, c@d` as plain text would add a second recipient.
    const sending = (await transport).sendMail({ to: { name: '', address: to }, subject, text })
    await sending.then(
      () => counters.mails.add('sent'),
      (error: unknown) => {
        counters.mails.add('failed')
        throw error
      },
    )
  }
}
