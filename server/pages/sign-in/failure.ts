import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { accountObject, signInDetails } from '../../core/audit/event.js'
import type { SignInFailure } from '../../login/failure.js'
import type { Provider } from '../../login/providers/provider.js'
import type { Words } from '../../words/words.js'
import type { PageServices } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { wordsOf } from '../shared/reader.js'
import { refusalText } from '../shared/refusal-text.js'
import { AGAIN } from './ask-again.js'

interface FailedSignIn {
  readonly request: Request
  readonly response: Response
  readonly failure: SignInFailure
  readonly provider?: Provider
  /** The return address, to start again with. */
  readonly rd: string
  /** The user who signs in again, whose session goes on. */
  readonly again: string | undefined
}

/**
 * Shows a user why they were not signed in, and what to do. Users who have to enrol are redirected there; browsers must
 * not cache that, or they would go there after enrolment, too.
 *
 * Attack: the provider's error text helps an attacker as much as the operator. It is in the log alone, beside the
 * reference that the user sees.
 */
export async function showSignInFailure(
  pages: PageServices,
  { request, response, failure, provider, rd, again }: FailedSignIn,
): Promise<void> {
  const { refusal, cause, details } = failure
  const { enrollmentUrl, username, cameAs } = details
  const reference = randomBytes(6).toString('hex')
  const { code } = refusal
  noteForAudit(response, {
    action: 'sign-in',
    code,
    object: username === undefined ? { type: 'account', id: '(unknown)' } : accountObject(username),
    ...(provider && { details: signInDetails(provider.id) }),
  })
  pages.context.log.warn({ code, cause, reference, provider: provider?.id, remoteIp: request.ip }, 'Sign-in failed')
  if (enrollmentUrl) return response.set('Cache-Control', 'no-store').redirect(303, enrollmentUrl.href)
  const page = pages.at(again === undefined ? '/login' : AGAIN)
  const retry = rd === '' ? page : `${page}?rd=${encodeURIComponent(rd)}`
  const words = wordsOf(response)
  const { message, remedy } = refusalText(refusal, words, provider?.title)
  await showRefusal(pages, response, refusal, {
    reference,
    heading: words.text(again === undefined ? 'signIn.failed.heading' : 'signIn.failed.headingAgain'),
    what: `${words.text('refusals.sentence', { sentence: message })} ${whoCame(username, cameAs, words)}`.trim(),
    remedy,
    link: { text: words.text('signIn.failed.restart'), href: retry },
  })
}

/** Names the user, for support. Attack: a name that changes the direction of writing would show another sentence. */
function whoCame(username: string | undefined, cameAs: string | undefined, words: Words): string {
  if (cameAs !== undefined) return words.text('signIn.failed.cameAsText', { text: cameAs.replace(/\p{C}/gu, '�') })
  return username === undefined ? '' : words.text('signIn.failed.cameAs', { username })
}
