import type { Response } from 'express'
import { noteForAudit } from '../../authn/audit-refusals.js'
import type { Refusal } from '../../core/access/refusal.js'
import type { PageServices, SignedInUser } from '../account/signed-in-user.js'
import { layoutOf } from './layout.js'
import { wordsOf } from './reader.js'
import { refusalText } from './refusal-text.js'
import type { ErrorPage } from './view-models.js'

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
  const words = wordsOf(response)
  const { message, remedy } = refusalText(refusal, words)
  const heading = `refusals.heading.${refusal.status}`
  return render(response.status(refusal.status), 'shared/error-page', {
    layout: errorFooter === undefined ? layout : { ...layout, site: { ...layout.site, footerHtml: errorFooter } },
    heading: words.text(words.has(heading) ? heading : 'refusals.heading.other'),
    what: /[.!?。]$/.test(message) ? message : words.text('refusals.sentence', { sentence: message }),
    remedy,
    link: { text: words.text('titles.tokens.list'), href: at('/auth/tokens') },
    ...own,
  })
}
