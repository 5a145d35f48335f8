import type { Response } from 'express'
import { noteForAudit } from '../../authn/audit-refusals.js'
import type { Refusal, RefusalCode } from '../../core/access/refusal.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { layoutOf } from './layout.js'
import type { ErrorPage } from './view-models.js'

/** Headings of error pages, by status; a refusal's sentence follows. */
const HEADINGS: Readonly<Record<number, string>> = {
  400: 'That request cannot be read',
  403: 'Not allowed',
  404: 'Nothing is here',
  413: 'That is too much',
  421: 'Another address',
  422: 'That does not fit',
  429: 'Please wait',
  500: 'Something went wrong',
  502: 'Something went wrong elsewhere',
  503: 'Not available at the moment',
  504: 'Not available at the moment',
}

/** Where a refusal's own words are meant for programs. */
const IN_PLAIN_WORDS: Partial<Record<RefusalCode, { readonly what: string; readonly remedy: string }>> = {
  not_found: {
    what: 'There is no such page, or what it is about is not yours.',
    remedy: 'Check the address, or start again from Security Tokens.',
  },
  method_not_allowed: {
    what: 'This address does not take that kind of request.',
    remedy: 'Nothing was changed. Start again from Security Tokens.',
  },
  invalid_csrf: {
    what: 'That form was made for another session. You may have signed in again since you opened it.',
    remedy: 'Nothing was changed. Go back, reload the page and send the form again.',
  },
}

/** Answers a refusal as a page: what happened, what to do now, and what to quote; in other words where the caller has better. */
export function showRefusal(
  { context, render, at }: PageServices,
  response: Response,
  refusal: Refusal,
  { user, ...own }: { user?: SignedInUser } & Partial<Omit<ErrorPage, 'layout'>> = {},
): Promise<void> {
  noteForAudit(response, { code: refusal.code, ...(user && { actor: user.actor }) })
  const layout = layoutOf(context, user)
  const { errorFooter } = context.settings
  const sentence = refusal.message
  return render(response.status(refusal.status), 'shared/error-page', {
    layout: errorFooter === undefined ? layout : { ...layout, site: { ...layout.site, footerHtml: errorFooter } },
    heading: HEADINGS[refusal.status] ?? 'Not possible',
    what: /[.!?]$/.test(sentence) ? sentence : `${sentence}.`,
    remedy: refusal.remedy,
    ...IN_PLAIN_WORDS[refusal.code],
    link: { text: 'Security Tokens', href: at('/auth/tokens') },
    ...own,
  })
}
