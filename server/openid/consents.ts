import { Refusal } from '../core/access/refusal.js'
import type { OpenIdClient } from '../core/openid/client.js'
import { extendConsent, hostsOf } from '../core/openid/consent.js'
import type { Actor } from '../core/token/history.js'
import type { Context } from '../storage/context.js'
import { endConsent, findConsent, type Pair, putConsent } from '../storage/postgres/openid/consents.js'
import { listDelegated } from '../storage/redis/delegated-tokens.js'
import { commit } from '../storage/unit-of-work.js'
import { revokeToken } from '../tokens/revoke.js'
import { asOneAct } from '../tokens/several/one-act.js'

/** Remembers what a user has agreed that a client learns. */
export function giveConsent(
  context: Context,
  { username, client }: { readonly username: string; readonly client: OpenIdClient },
  scopes: readonly string[],
  actor: Actor,
): Promise<void> {
  const pair = { username, clientId: client.id }
  return commit(context, async (work) => {
    const given = { scopes, hosts: hostsOf(client.redirectUris), granted: context.clock() }
    const consent = extendConsent(await findConsent(work.db, pair), given)
    await putConsent(work.db, pair, consent)
    const after = { scopes: consent.scopes, hosts: consent.hosts }
    work.record({ action: 'consent.give', actor, object: objectOf(pair), after })
  })
}

/**
 * Withdraws what a user has agreed to: the client's codes, access and refresh tokens of that user are refused from now on, in every
 * session, and the client has to ask again. Refuses with `client_unknown` where there is nothing to withdraw.
 */
export async function withdrawConsent(context: Context, pair: Pair, by: Actor): Promise<Refusal | undefined> {
  const actor = asOneAct(context, by)
  const refused = await commit(context, async (work) => {
    const before = await findConsent(work.db, pair)
    if (!before || !(await endConsent(work.db, pair, context.clock()))) return new Refusal('client_unknown')
    work.record({ action: 'consent.withdraw', actor, object: objectOf(pair), before: { scopes: before.scopes } })
    return undefined
  })
  // After the consent, so that no more are given; also where it is gone already, for a user who tries again after a failure.
  await revokeTokensOf(context, pair, actor)
  return refused
}

async function revokeTokensOf(context: Context, { username, clientId }: Pair, actor: Actor): Promise<void> {
  const tokens = await listDelegated(context, username, context.clock())
  for (const { type, service, key } of tokens)
    if (type === 'oidc' && service === clientId) await revokeToken(context, username, key, actor)
}

const objectOf = ({ username, clientId }: Pair) => ({ type: 'oidc-client', id: clientId, owner: username }) as const
