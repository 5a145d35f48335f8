import type { Provider } from 'oidc-provider'
import type { Context } from '../storage/context.js'
import { type ClientSession, closeClientSession, endedClientSessions } from '../storage/postgres/openid/sessions.js'
import { currentProvider } from './keys/current-provider.js'
import { sessionId } from './session.js'

const AT_ONCE = 50
/** At each interval of the job one; a client that is away for longer has to ask by itself. */
const MAX_TRIES = 12

/** Of the library's clients, and not in its types. */
interface TellableClient {
  readonly backchannelLogoutUri?: string | undefined
  backchannelLogout?(sub: string, sid: string): Promise<void>
}

/**
 * Makes the job that tells clients of sessions which have ended (OpenID Connect Back-Channel Logout 1.0): by the user, an
 * administrator, the command line or the clock, in any process.
 */
export function tellClients(context: Context): () => Promise<void> {
  const { postgres, clock } = context
  const provider = currentProvider(context)
  return async () => {
    const ended = await endedClientSessions(postgres, clock(), AT_ONCE)
    if (ended.length === 0) return
    const current = await provider()
    await Promise.all(ended.map((each) => tell(context, current, each)))
  }
}

async function tell(context: Context, provider: Provider, ended: ClientSession): Promise<void> {
  const { session, clientId, username } = ended
  let isTold = true
  try {
    const client: TellableClient | undefined = await provider.Client.find(clientId)
    if (client?.backchannelLogoutUri !== undefined) {
      await client.backchannelLogout?.(username, sessionId(session, clientId))
    }
  } catch (error) {
    isTold = false
    context.log.warn({ client: clientId, cause: String(error) }, 'Client not told of the end of a session')
  }
  await closeClientSession(context.postgres.prisma, ended, { isTold, maxTries: MAX_TRIES })
}
