import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Account, AccountClaims, FindAccount, KoaContextWithOIDC } from 'oidc-provider'
import { browserSession } from '../authn/browser-session.js'
import { dataRights, missingRight } from '../core/openid/client.js'
import type { TokenRecord } from '../core/token/record.js'
import { findPerson } from '../people/find-person.js'
import type { Context } from '../storage/context.js'
import { findServedClient } from '../storage/postgres/openid/clients.js'
import { wasWithdrawnSince } from '../storage/postgres/openid/consents.js'
import { sessionByKey } from './session.js'

/** A user as the provider sees them, with the session in which they are signed in. */
export interface SessionAccount extends Account {
  readonly session: TokenRecord
}

/**
 * Finds the user of a request or of what was given to a client. Codes and tokens lead to a user only while their session is
 * valid and the user has the rights that the client asks for, so that all of them end with either.
 */
export function accountFinder(context: Context): FindAccount {
  return async (ctx, sub, token) => {
    const session = token ? await sessionByKey(context, sessionOf(token)) : await sessionOfRequest(context, ctx.req)
    if (session?.username !== sub) return undefined
    if (token?.clientId !== undefined && !(await mayUse(context, token.clientId, session))) return undefined
    if (token && (await wasWithdrawn(context, token, sub))) return undefined
    const account: SessionAccount = {
      accountId: sub,
      session,
      claims: async (_use, scope) => ({
        ...(await claimsOf(context, session)),
        scope: scope.split(' ').sort().join(' '),
        // Gafaelfawr's is the key of the code; this one tells nothing of it.
        ...(token?.jti && { jti: hash('sha256', token.jti, 'base64url').slice(0, 22) }),
      }),
    }
    return account
  }
}

export function sessionOfRequest(context: Context, { headers }: IncomingMessage): Promise<TokenRecord | undefined> {
  return browserSession(context, headers.cookie)
}

function sessionOf(token: object): string | undefined {
  const uid: unknown = Reflect.get(token, 'sessionUid')
  return typeof uid === 'string' ? uid : undefined
}

async function mayUse({ postgres }: Context, clientId: string, session: TokenRecord): Promise<boolean> {
  const client = await findServedClient(postgres, clientId)
  return client !== undefined && missingRight(client, session) === undefined
}

/** Returns whether the user has withdrawn their consent since something was given. */
async function wasWithdrawn(
  { postgres }: Context,
  { clientId, iat }: { readonly clientId?: string | undefined; readonly iat?: number },
  username: string,
): Promise<boolean> {
  if (clientId === undefined || iat === undefined) return false
  return wasWithdrawnSince(postgres, { username, clientId }, iat)
}

/** Returns all that clients may learn of a user, by the names of the claims; scopes choose among them. */
export async function claimsOf(
  context: Context,
  { username, groups: known = [] }: Pick<TokenRecord, 'username' | 'groups'>,
): Promise<AccountClaims> {
  const person = await findPerson(context, username)
  const groups = person?.groups?.map(({ name }) => name).sort() ?? known
  const rights = dataRights(groups, context.settings.oidcServer.dataRightsMapping)
  return {
    sub: username,
    preferred_username: username,
    ...(person?.name !== undefined && { name: person.name }),
    ...(person?.email !== undefined && { email: person.email }),
    ...(person?.emailVerified && { email_verified: true }),
    groups,
    ...(rights !== undefined && { data_rights: rights }),
  }
}

/** Seconds until the session of a request ends, and with it all that is given in it. */
export function secondsLeft({ clock, settings }: Context, ctx: KoaContextWithOIDC | undefined): number {
  const account = ctx?.oidc.account
  const session = account && 'session' in account ? (account as SessionAccount).session : undefined
  return Math.max(1, session?.expires === undefined ? settings.tokenLifetime : session.expires - clock())
}
