import { saveFirstSignIn } from '../../storage/postgres/notices/first-sign-ins.js'
import type { Session } from '../../storage/redis/sessions.js'
import type { UnitOfWork } from '../../storage/unit-of-work.js'

/**
 * Tells a user of a session in a new browser. The first sign-in is no news.
 *
 * @param isKnown whether the user has signed in with this browser before
 */
export async function noticeSignIn({ db, notify }: UnitOfWork, session: Session, isKnown: boolean): Promise<void> {
  const { username, key: token, created: at, type, address, client } = session
  if ((await saveFirstSignIn(db, username, at)) || isKnown) return
  const facts = { type, ...(address !== undefined && { address }), ...(client !== undefined && { client }) }
  notify({ username, kind: 'signIn', at, token, facts })
}
