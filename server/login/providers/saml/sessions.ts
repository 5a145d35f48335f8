import { createHash } from 'node:crypto'
import type { NameId } from '../../../core/people/saml/assertion.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Context } from '../../../storage/context.js'
import { addToIndex, keysOfIndex } from '../../../storage/redis/token-index.js'

/** A user's session at a provider, or all of them where `sessionIndex` is absent. */
export interface ProviderSession {
  /** Entity ID of the provider. */
  readonly issuer: string
  readonly nameId: Pick<NameId, 'value'>
  readonly sessionIndex?: string
}

/** Notes which session came from a session at the provider, so that the provider can end it. */
export async function indexSession(context: Context, session: ProviderSession, key: TokenKey): Promise<void> {
  const created = context.clock()
  const token = { key, created, expires: created + context.settings.tokenLifetime }
  const { issuer, nameId } = session
  const places = new Set([placeOf({ issuer, nameId }), placeOf(session)])
  for (const place of places) await addToIndex(context.redis, place, token)
}

/** Lists the keys of the sessions that came from a session at the provider. */
export function sessionsFrom({ redis, clock }: Context, session: ProviderSession): Promise<TokenKey[]> {
  return keysOfIndex(redis, placeOf(session), clock())
}

function placeOf({ issuer, nameId, sessionIndex }: ProviderSession): string {
  const named = JSON.stringify([issuer, nameId.value, sessionIndex ?? null])
  return `postern:saml:sessions:${createHash('sha256').update(named).digest('base64url')}`
}
