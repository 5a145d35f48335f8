import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail server that keeps what it is given. */
export interface MailServer {
  readonly url: string
  readonly mails: { readonly to: readonly string[]; readonly text: string }[]
  /** From now on it takes no mail; or takes it again. */
  refuse(refusing: boolean): void
  stop(): Promise<void>
}

export async function startMailServer(): Promise<MailServer> {
  const mails: { to: string[]; text: string }[] = []
  let refusing = false
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (refusing) return done(new Error('No mail today'))
        const to = session.envelope.rcptTo.map(({ address }) => address)
        mails.push({ to, text: unfold(Buffer.concat(chunks).toString('utf8')) })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refuse: (value) => {
      refusing = value
    },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** Takes the line breaks and codes of quoted-printable (RFC 2045, section 6.7) out again. */
function unfold(text: string): string {
  return text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
