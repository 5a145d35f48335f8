import { browserPlace, isNewBrowser } from '../../core/notices/place-news.js'
import { saveSignInPlace } from '../../storage/postgres/notices/sign-in-places.js'
import type { Session } from '../../storage/redis/sessions.js'
import type { UnitOfWork } from '../../storage/unit-of-work.js'

/** Saves the browser of a new session, and tells the user when it is a new one. */
export async function noticeSignIn({ db, notify }: UnitOfWork, session: Session): Promise<void> {
  const { username, key: token, created: at, type, address, client } = session
  const place = browserPlace({ ...(address !== undefined && { address }), ...(client !== undefined && { client }) })
  const known = await saveSignInPlace(db, username, place, at)
  if (!isNewBrowser(known, place)) return
  const facts = { type, ...(address !== undefined && { address }), ...(client !== undefined && { client }) }
  notify({ username, kind: 'signIn', at, token, facts })
}
