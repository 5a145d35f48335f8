import { mailer } from '../../server/operate/jobs/mail.js'
import type { SendMail } from '../../server/tokens/warn-owners.js'
import { type MailServer, startMailServer } from './peers/mail-server.js'
import { type RunningPostern, startPostern } from './postern.js'

/** A mail server, and a Postern that sends through it. */
export interface MailSite {
  readonly mail: MailServer
  readonly postern: RunningPostern
  readonly send: SendMail
  stop(): Promise<void>
}

interface Wishes {
  readonly baseUrl?: string
  readonly settings?: Readonly<Record<string, unknown>>
}

export async function startMailSite({
  baseUrl = 'https://data.example.org',
  settings,
}: Wishes = {}): Promise<MailSite> {
  const mail = await startMailServer()
  const sending = { smtpUrl: mail.url, mailFrom: 'Example <noreply@example.org>', ...settings }
  const postern = await startPostern({ baseUrl, settings: sending })
  const send = mailer(postern.context)
  if (!send) throw new Error('A site with smtpUrl sends mail')
  const stop = async () => {
    await postern.stop()
    await mail.stop()
  }
  return { mail, postern, send, stop }
}
