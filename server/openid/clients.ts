import { Refusal } from '../core/access/refusal.js'
import type { AuditObject } from '../core/audit/event.js'
import type { OpenIdClient } from '../core/openid/client.js'
import { isRedirectUri, REDIRECT_RULE } from '../core/openid/redirect.js'
import type { EpochSeconds } from '../core/time.js'
import type { Actor } from '../core/token/history.js'
import { Secret } from '../core/token/secret.js'
import { hashSecret } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import {
  beginImport,
  deleteClient,
  expireSecrets,
  findClient,
  insertClient,
  insertSecret,
  updateClient,
} from '../storage/postgres/openid/clients.js'
import { commit, type UnitOfWork } from '../storage/unit-of-work.js'

/** What an administrator says of a client. */
export type ClientWish = Omit<OpenIdClient, 'id' | 'created' | 'lastModified' | 'lastModifiedBy'>

/** A client that has just been made, and its secret; a public one has none. */
export interface MadeClient {
  readonly client: OpenIdClient
  readonly secret?: Secret
}

/** Actor of the clients that come from the settings. */
const FROM_SETTINGS: Actor = { username: '<settings>' }

/** Registers a client; its secret is in the answer alone. Refuses with `invalid_redirect_uri`. */
export async function createClient(context: Context, wish: ClientWish, actor: Actor): Promise<MadeClient | Refusal> {
  const wrong = refuseAddresses(wish)
  if (wrong) return wrong
  const { random, clock, settings } = context
  const now = clock()
  const client: OpenIdClient = {
    ...wish,
    // Gafaelfawr's form.
    id: `${random(16).toString('hex')}${settings.oidcServer.clientSuffix}`,
    created: now,
    lastModified: now,
    lastModifiedBy: actor.username,
  }
  const secret = wish.isPublic ? undefined : newSecret(context)
  await commit(context, async (work) => {
    await insertClient(work, client)
    if (secret) await insertSecret(work, client.id, hashSecret(secret), now)
    work.record({ action: 'oidc-client.create', actor, object: objectOf(client.id), after: factsOf(client) })
  })
  return { client, ...(secret && { secret }) }
}

/** Replaces all that is said of a client. Whether it is public stays. Refuses with `client_unknown` and `invalid_redirect_uri`. */
export async function changeClient(
  context: Context,
  id: string,
  wish: Omit<ClientWish, 'isPublic'>,
  actor: Actor,
): Promise<OpenIdClient | Refusal> {
  const wrong = refuseAddresses(wish)
  if (wrong) return wrong
  return commit(context, async (work) => {
    const before = await findClient(work.db, id)
    if (!before) return new Refusal('client_unknown')
    const { isPublic, created } = before
    const after = { ...wish, id, isPublic, created, lastModified: context.clock(), lastModifiedBy: actor.username }
    if (!(await updateClient(work, after))) return new Refusal('client_unknown')
    const facts = { before: factsOf(before), after: factsOf(after) }
    work.record({ action: 'oidc-client.edit', actor, object: objectOf(id), ...facts })
    return after
  })
}

/** Deletes a client: what it was given is refused from now on. Refuses with `client_unknown`. */
export function removeClient(context: Context, id: string, actor: Actor): Promise<OpenIdClient | Refusal> {
  return commit(context, async (work) => {
    const before = await findClient(work.db, id)
    if (!before || !(await deleteClient(work, id))) return new Refusal('client_unknown')
    work.record({ action: 'oidc-client.delete', actor, object: objectOf(id), before: factsOf(before) })
    return before
  })
}

/**
 * Gives a client a new secret. The ones before it are valid for some time beside it, so that the client can be given the new
 * one without a refused sign-in. Refuses with `client_unknown`, also for a public client.
 *
 * @param overlap in seconds; 0 ends them at once, for a secret that was seen
 */
export function rotateSecret(
  context: Context,
  id: string,
  overlap: EpochSeconds,
  actor: Actor,
): Promise<{ readonly secret: Secret; readonly previousUntil: EpochSeconds } | Refusal> {
  const now = context.clock()
  return commit(context, async (work) => {
    const client = await findClient(work.db, id)
    if (!client || client.isPublic) return new Refusal('client_unknown')
    const secret = newSecret(context)
    const previousUntil = now + overlap
    await expireSecrets(work, id, previousUntil, now)
    await insertSecret(work, id, hashSecret(secret), now)
    work.record({ action: 'oidc-client.secret', actor, object: objectOf(id), details: { overlap } })
    return { secret, previousUntil }
  })
}

/**
 * Puts Gafaelfawr's clients from the settings into a database that has none, once: an operator who has deleted them all does
 * not find them again after a restart. Returns their number.
 */
export async function importClients(context: Context): Promise<number> {
  const { clients = [], enabled } = context.settings.oidcServer
  if (!enabled || clients.length === 0) return 0
  const now = context.clock()
  return commit(context, async (work) => {
    await work.db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('oidc_client', 0))`
    if (!(await beginImport(work.db, now))) return 0
    for (const { id, secret, redirectUri } of clients) {
      await importClient(work, { ...imported(id, redirectUri), created: now, lastModified: now }, secret)
    }
    return clients.length
  })
}

async function importClient(work: UnitOfWork, client: OpenIdClient, secret: Secret): Promise<void> {
  await insertClient(work, client)
  await insertSecret(work, client.id, hashSecret(secret), client.created)
  const facts = { actor: FROM_SETTINGS, object: objectOf(client.id), after: factsOf(client) }
  work.record({ action: 'oidc-client.create', ...facts })
}

function imported(id: string, redirectUri: string): Omit<OpenIdClient, 'created' | 'lastModified'> {
  return {
    id,
    description: id,
    redirectUris: [redirectUri],
    postLogoutUris: [],
    isPublic: false,
    isOwnSite: true,
    requiredGroups: [],
    lastModifiedBy: FROM_SETTINGS.username,
  }
}

/**
 * Makes a secret of 256 random bits. It is stored as its SHA-256: no table and no computer goes through so many, so that
 * bcrypt would only make each request of the client slower.
 */
function newSecret({ random }: Context): Secret {
  return new Secret(random(32).toString('base64url'))
}

function refuseAddresses({
  redirectUris,
  postLogoutUris,
  backchannelLogoutUri,
}: Pick<ClientWish, 'redirectUris' | 'postLogoutUris' | 'backchannelLogoutUri'>): Refusal | undefined {
  const given = [
    ...redirectUris,
    ...postLogoutUris,
    ...(backchannelLogoutUri === undefined ? [] : [backchannelLogoutUri]),
  ]
  const wrong = given.find((each) => !isRedirectUri(each))
  if (wrong !== undefined) return new Refusal('invalid_redirect_uri', `${wrong.slice(0, 200)} ${REDIRECT_RULE}`)
  return redirectUris.length === 0
    ? new Refusal('invalid_redirect_uri', 'There must be an address to return to')
    : undefined
}

export const objectOf = (id: string): AuditObject => ({ type: 'oidc-client', id })

export function factsOf({
  id: _id,
  created: _created,
  lastModified: _lastModified,
  lastModifiedBy: _by,
  ...facts
}: OpenIdClient) {
  return facts
}
