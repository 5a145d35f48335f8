import { type Response, Router } from 'express'
import { READER_COOKIE } from '../../core/access/cookie-names.js'
import { Refusal } from '../../core/access/refusal.js'
import { ownPath } from '../../core/site/base-path.js'
import { DAY } from '../../core/time.js'
import type { Settings } from '../../settings/schema.js'
import { savePreferences } from '../../storage/postgres/identity/preferences.js'
import { formatPreferences, isLanguage, isTimeZone, type Preferences } from '../../words/reader.js'
import { showRefusal } from '../shared/error-page.js'
import { fieldOf, requireForm, type SignedInRequest } from './require-sign-in.js'
import type { PageServices } from './signed-in-user.js'

/** Choosing one's language, form of dates and time zone. */
export function preferencePages(pages: PageServices): Router {
  const { context, at } = pages

  async function save({ request, response, user }: SignedInRequest): Promise<void> {
    const chosen = chosenIn(request)
    if (chosen instanceof Refusal) return showRefusal(pages, response, chosen, { user })
    await savePreferences(context.postgres.prisma, user.session.username, chosen)
    setReaderCookie(response, context.settings, chosen)
    response.redirect(303, at('/auth/account#reading'))
  }

  return Router().post('/auth/preferences', requireForm(pages, save))
}

function chosenIn(request: SignedInRequest['request']): Preferences | Refusal {
  const [language, dates, timeZone] = ['language', 'dates', 'time_zone'].map((name) => fieldOf(request, name).trim())
  if (language !== '' && !isLanguage(language)) return new Refusal('invalid_parameter', `Unknown language ${language}`)
  if (dates !== 'language' && dates !== 'iso') return new Refusal('invalid_parameter', `Unknown form of dates ${dates}`)
  if (timeZone !== undefined && timeZone !== '' && !isTimeZone(timeZone)) {
    return new Refusal('invalid_parameter', `Unknown time zone ${timeZone.slice(0, 64)}`)
  }
  return { dates, ...(language !== '' && { language }), ...(timeZone && { timeZone }) }
}

/** Sets the cookie by which every page of a browser is in its user's language, before the sign-in, too. */
export function setReaderCookie(response: Response, { baseUrl }: Settings, chosen: Preferences): void {
  response.cookie(READER_COOKIE, formatPreferences(chosen), {
    path: ownPath(baseUrl, '/'),
    httpOnly: true,
    sameSite: 'lax',
    secure: baseUrl.protocol === 'https:',
    maxAge: 400 * DAY * 1000,
  })
}
