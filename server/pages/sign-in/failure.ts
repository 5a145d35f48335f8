import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import type { SignInFailure } from '../../login/failure.js'
import type { Provider } from '../../login/providers/provider.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'

interface FailedSignIn {
  readonly request: Request
  readonly response: Response
  readonly failure: SignInFailure
  readonly provider?: Provider
  /** The return address, to start again with. */
  readonly rd: string
}

/**
 * Tells somebody why they were not signed in, and what to do. The cause is in the log alone, beside the reference that they
 * see: what an endpoint complained of helps the operator, and whoever tries things out. Whoever has to enrol is sent there;
 * browsers must not remember that, or they would go there when it is done, too.
 */
export async function showSignInFailure(
  pages: PageServices,
  { request, response, failure, provider, rd }: FailedSignIn,
): Promise<void> {
  const { refusal, cause, enrollmentUrl, username } = failure
  const reference = randomBytes(6).toString('hex')
  const { code } = refusal
  pages.context.log.warn({ code, cause, reference, provider: provider?.id, remoteIp: request.ip }, 'Sign-in failed')
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
