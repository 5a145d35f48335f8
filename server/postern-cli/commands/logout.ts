import { described } from '../answer.js'
import type { Call, Command } from '../arguments.js'
import { EXIT, Failure } from '../failure.js'
import { show } from '../output.js'
import { discard, keptSession, namedSite } from '../session.js'
import { CLIENT, send } from '../site.js'

export const logout: Command = {
  help: 'revoke the token of the sign-in and remove it',
  needs: [],
  options: {},
  run,
}

/** By revocation (RFC 7009), which asks for no scope of the token, and is content with one that is not valid any more. */
async function run(call: Call): Promise<void> {
  const session = keptSession(namedSite(call.site))
  if (!session) throw new Failure(EXIT.notSignedIn, 'Not signed in, so there is nothing to sign out of')
  const { site, token } = session
  const form = { token, client_id: CLIENT }
  const answer = await send(site, { method: 'POST', path: '/auth/openid/revoke', form })
  if (answer.status !== 200) throw new Failure(EXIT.refused, `The token still works: ${described(answer)}`)
  discard(site)
  show(call, { site }, `Signed out of ${site}; the token is revoked`)
}
