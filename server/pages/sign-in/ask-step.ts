import type { Request, Response } from 'express'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { Refusal } from '../../core/access/refusal.js'
import { type SignInStep, sealStep } from '../../login/browser/sign-in-step.js'
import { issueFormToken } from '../../login/form-csrf.js'
import { issueChallenge } from '../../login/passkeys/challenge.js'
import { requestOptions } from '../../login/passkeys/relying-party.js'
import { listPasskeys } from '../../storage/postgres/identity/passkeys.js'
import { fieldOf } from '../account/require-sign-in.js'
import type { PageServices } from '../account/signed-in-user.js'
import { allowPendingClient } from '../openid/pending-client.js'
import { layoutOf } from '../shared/layout.js'
import { wordsOf } from '../shared/reader.js'
import { type RefusalText, refusalText } from '../shared/refusal-text.js'
import type { PasskeyForm } from '../shared/view-models.js'

export interface Exchange {
  readonly request: Request
  readonly response: Response
}

/**
 * Asks for another password in place of a printed one.
 *
 * Attack: a printed password lies in a terminal's scroll-back, or in a letter. It opens no session.
 *
 * @param mistake what was wrong with the one before
 */
export async function askNewPassword(
  pages: PageServices,
  { request, response }: Exchange,
  step: SignInStep,
  mistake?: Refusal,
): Promise<void> {
  const csrf = await issueFormToken(pages.context, request, response)
  refused(pages, response, mistake ?? new Refusal('password_change_required'))
  await allowPendingClient(pages.context, response, step.rd)
  await pages.render(
    response,
    'sign-in/new-password',
    await shownStep(pages, csrf, step, mistake && refusalText(mistake, wordsOf(response))),
  )
}

/** Asks for a passkey after the password. */
export async function askPasskey(
  pages: PageServices,
  { request, response }: Exchange,
  step: SignInStep,
  mistake?: Refusal,
): Promise<void> {
  const { context, render } = pages
  const csrf = await issueFormToken(context, request, response)
  const { value, sealed } = await issueChallenge(context, { ceremony: 'second-factor', csrf })
  const passkeys = await listPasskeys(context.postgres.prisma, step.account.username)
  refused(pages, response, mistake ?? new Refusal('passkey_required'))
  await allowPendingClient(context, response, step.rd)
  const options = JSON.stringify(await requestOptions(context.settings, value, false, passkeys))
  const shown = await shownStep(pages, csrf, step, mistake && refusalText(mistake, wordsOf(response)))
  await render(response, 'sign-in/passkey', { ...shown, form: { challenge: sealed, options } })
}

/** What the pages of all steps show. */
async function shownStep({ context }: PageServices, csrf: string, step: SignInStep, error: RefusalText | undefined) {
  return {
    layout: { ...layoutOf(context), csrf },
    username: step.account.username,
    step: await sealStep(context, step, csrf),
    ...(error && { error }),
  }
}

function refused({ context }: PageServices, response: Response, { code, status }: Refusal): void {
  context.counters.signIns.add('local', code)
  noteForAudit(response, { code })
  response.status(status)
}

/** Returns the form that signs in with a passkey alone. */
export async function passkeyAlone({ context }: PageServices, csrf: string): Promise<PasskeyForm> {
  const { value, sealed } = await issueChallenge(context, { ceremony: 'sign-in', csrf })
  return { challenge: sealed, options: JSON.stringify(await requestOptions(context.settings, value, true)) }
}

/** Reads the fields of a form with a passkey. */
export function passkeyFormOf(request: Request) {
  return {
    csrf: fieldOf(request, 'csrf'),
    challenge: fieldOf(request, 'challenge'),
    passkey: fieldOf(request, 'passkey'),
  }
}
