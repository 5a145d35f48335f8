import { Refusal } from '../../server/core/access/refusal.js'
import { type Scope, USER_TOKEN } from '../../server/core/token/scope.js'
import { formatToken } from '../../server/core/token/token.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { createUserToken } from '../../server/tokens/create-user-token.js'
import { openSession } from '../../server/tokens/open-session.js'
import type { RunningPostern } from './postern.js'

/** A user token of a user of a provider, who makes it in a session of their own. */
export async function tokenOf({ context }: RunningPostern, username: string): Promise<string> {
  const scopes = ['read:tap' as Scope]
  const opened = await openSession(context, { username, scopes: [...scopes, USER_TOKEN], groups: ['users'] }, {})
  const session = await authenticate(context, opened)
  const made = session && (await createUserToken(context, session, { name: 'topcat', scopes }, { username }))
  if (!made || made instanceof Refusal) throw new Error(made ? `${made.code}: ${made.message}` : 'no session')
  return formatToken(made.token)
}
