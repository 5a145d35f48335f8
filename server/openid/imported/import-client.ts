import { hash } from 'node:crypto'
import type { OpenIdClient } from '../../core/openid/client.js'
import { isRedirectUri } from '../../core/openid/redirect.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Actor } from '../../core/token/history.js'
import { Secret } from '../../core/token/secret.js'
import { hashSecret } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { isMarked, mark } from '../../storage/postgres/imports/marks.js'
import { findClient, insertClient, insertSecret } from '../../storage/postgres/openid/clients.js'
import { commit } from '../../storage/unit-of-work.js'
import { factsOf, objectOf } from '../clients.js'

/** A client of Gafaelfawr's, with its secret or the bcrypt hash of it. */
export interface ForeignClient {
  readonly id: string
  readonly returnUri: string
  readonly secret: Secret | { readonly bcrypt: string }
  readonly description?: string
  readonly notes?: string
  readonly created?: EpochSeconds
}

export type ClientOutcome = 'imported' | 'known' | 'invalid'

export interface ClientImport {
  readonly source: string
  readonly actor: Actor
  readonly dryRun: boolean
}

/** Imports a client with its secret, once: one that was deleted or changed here since stays so. */
export function importForeignClient(
  context: Context,
  client: ForeignClient,
  how: ClientImport,
): Promise<ClientOutcome> {
  const { id, returnUri, secret } = client
  const { source, actor, dryRun } = how
  // A hash of bcrypt is text of 60 characters, and stored as that.
  const secretHash = secret instanceof Secret ? hashSecret(secret) : Buffer.from(secret.bcrypt)
  const isHash = secret instanceof Secret || secretHash.length === BCRYPT_LENGTH
  if (id === '' || !isRedirectUri(returnUri) || !isHash) return Promise.resolve('invalid')
  return commit(context, async (work) => {
    const { db } = work
    if ((await isMarked(db, keyOf(id))) || (await findClient(db, id))) return 'known'
    if (dryRun) return 'imported'
    const now = context.clock()
    const made = { ...recordOf(client, client.created ?? now), lastModified: now, lastModifiedBy: actor.username }
    await mark(db, keyOf(id), { source, fingerprint: hash('sha256', secretHash, 'buffer'), now })
    await insertClient(work, made)
    await insertSecret(work, id, secretHash, made.created)
    work.record({
      action: 'oidc-client.create',
      actor,
      object: objectOf(id),
      after: factsOf(made),
      details: { source },
    })
    return 'imported'
  })
}

const BCRYPT_LENGTH = 60

/** Among the marks of tokens, whose keys have no colon in them. */
const keyOf = (id: string) => `oidc-client:${id}`

function recordOf(
  { id, returnUri, description, notes }: ForeignClient,
  created: EpochSeconds,
): Omit<OpenIdClient, 'lastModified' | 'lastModifiedBy'> {
  return {
    id,
    description: description ?? id,
    ...(notes !== undefined && { notes }),
    redirectUris: [returnUri],
    postLogoutUris: [],
    isPublic: false,
    isOwnSite: true,
    requiredGroups: [],
    created,
  }
}
