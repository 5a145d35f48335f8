import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import type { Logger } from 'pino'
import type { SignInFailure } from '../../login/failure.js'
import type { Provider } from '../../login/providers/provider.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'

/**
 * Tells somebody why they were not signed in, and what to do. The cause is in the log alone, beside the reference that they
 * see: what an endpoint complained of helps the operator, and whoever tries things out. Whoever has to enrol is sent there;
 * browsers must not remember that, or they would go there when it is done, too.
 */
export async function showSignInFailure(
  pages: PageServices,
  log: Logger,
  request: Request,
  response: Response,
  { refusal, cause, enrollmentUrl, username }: SignInFailure,
  { provider, rd }: { readonly provider?: Provider; readonly rd: string },
): Promise<void> {
  const reference = randomBytes(6).toString('hex')
  const { code } = refusal
  log.warn({ code, cause, reference, provider: provider?.id, remoteIp: request.ip }, 'Sign-in failed')
  if (enrollmentUrl) return response.set('Cache-Control', 'no-store').redirect(303, enrollmentUrl.href)
  const again = rd === '' ? '/login' : `/login?rd=${encodeURIComponent(rd)}`
  const [sentence, remedy] = [refusal.message, refusal.remedy].map((text) =>
    provider ? text.replace(/the identity provider/i, () => provider.title) : text,
  )
  await showRefusal(pages, response, refusal, {
    reference,
    heading: 'You are not signed in',
    what: username === undefined ? `${sentence}.` : `${sentence}. You came as ${username}.`,
    ...(remedy !== undefined && { remedy }),
    link: { text: 'Start again', href: again },
  })
}
