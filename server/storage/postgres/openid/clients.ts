import type { ClientSecret, OpenIdClient } from '../../../core/openid/client.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { Scope } from '../../../core/token/scope.js'
import { digestOfBytes } from '../../../core/token/token.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { fromDate, type Postgres, type Transaction, toDate } from '../client.js'

export async function findClient(db: Transaction, id: string): Promise<OpenIdClient | undefined> {
  const row = await db.oidcClient.findUnique({ where: { id } })
  return row ? toClient(row) : undefined
}

const FIND = {
  name: 'find-oidc-client',
  text: `SELECT client_id AS id, description, notes, redirect_uris AS "redirectUris", post_logout_uris AS "postLogoutUris",
      backchannel_logout_uri AS "backchannelLogoutUri", public AS "isPublic", own_site AS "isOwnSite",
      required_scope AS "requiredScope", required_groups AS "requiredGroups", created, last_modified AS "lastModified",
      last_modified_by AS "lastModifiedBy"
    FROM oidc_client WHERE client_id = $1`,
}

/** Finds the client of a request. A prepared statement by hand: Prisma takes three times as long, and each request asks twice. */
export async function findServedClient({ pool, prepared }: Postgres, id: string): Promise<OpenIdClient | undefined> {
  const { rows } = await pool.query<ClientRow>({ ...prepared(FIND), values: [id] })
  return rows[0] && toClient(rows[0])
}

/** Lists the clients, the oldest first. */
export async function listClients(db: Transaction): Promise<OpenIdClient[]> {
  const rows = await db.oidcClient.findMany({ orderBy: [{ created: 'asc' }, { id: 'asc' }] })
  return rows.map(toClient)
}

/** Returns the names of clients by their identifiers. */
export async function clientNames(db: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.oidcClient.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, description: true },
  })
  return new Map(rows.map(({ id, description }) => [id, description]))
}

/** Notes the one import of clients from the settings; false when it was before, or when clients are there. */
export async function beginImport(db: Transaction, now: EpochSeconds): Promise<boolean> {
  const { count } = await db.oidcImport.createMany({ data: [{ at: toDate(now) }], skipDuplicates: true })
  return count > 0 && (await db.oidcClient.count()) === 0
}

export async function insertClient({ db }: UnitOfWork, client: OpenIdClient): Promise<void> {
  await db.oidcClient.create({ data: toRow(client) })
}

/** Replaces all of a client but its secrets; false when there is no such client. */
export async function updateClient({ db }: UnitOfWork, client: OpenIdClient): Promise<boolean> {
  const { id, created: _unchanged, ...data } = toRow(client)
  return (await db.oidcClient.updateMany({ where: { id }, data })).count > 0
}

export async function deleteClient({ db }: UnitOfWork, id: string): Promise<boolean> {
  return (await db.oidcClient.deleteMany({ where: { id } })).count > 0
}

const SECRETS = {
  name: 'find-oidc-secrets',
  text: `SELECT secret_hash AS "secretHash", created, expires FROM oidc_client_secret
    WHERE client_id = $1 AND (expires IS NULL OR expires > $2) ORDER BY id DESC`,
}

interface SecretRow {
  readonly secretHash: Buffer
  readonly created: Date
  readonly expires: Date | null
}

/** Lists the secrets of a client that are valid at an instant, the newest first; prepared by hand, as for the client. */
export async function validSecrets(
  { pool, prepared }: Postgres,
  clientId: string,
  now: EpochSeconds,
): Promise<ClientSecret[]> {
  const { rows } = await pool.query<SecretRow>({ ...prepared(SECRETS), values: [clientId, toDate(now)] })
  return rows.map(({ secretHash, created, expires }) => ({
    digest: digestOfBytes(secretHash),
    created: fromDate(created),
    ...(expires && { expires: fromDate(expires) }),
  }))
}

export async function insertSecret(
  { db }: UnitOfWork,
  clientId: string,
  secretHash: Uint8Array,
  created: EpochSeconds,
): Promise<void> {
  await db.oidcClientSecret.create({
    data: { clientId, secretHash: Buffer.from(secretHash), created: toDate(created) },
  })
}

/** Ends the secrets of a client at an instant, those that do not end before; and deletes those that have ended. */
export async function expireSecrets(
  { db }: UnitOfWork,
  clientId: string,
  expires: EpochSeconds,
  now: EpochSeconds,
): Promise<void> {
  await db.oidcClientSecret.deleteMany({ where: { clientId, expires: { lte: toDate(now) } } })
  await db.oidcClientSecret.updateMany({
    where: { clientId, OR: [{ expires: null }, { expires: { gt: toDate(expires) } }] },
    data: { expires: toDate(expires) },
  })
}

/** Keeps a client until an instant that registered itself. Others stay as they are. */
export async function keepRegistered(
  db: Transaction,
  { id, by }: { readonly id: string; readonly by: string },
  until: EpochSeconds,
): Promise<void> {
  await db.oidcClientSecret.updateMany({
    where: { of: { id, lastModifiedBy: by }, expires: { lt: toDate(until) } },
    data: { expires: toDate(until) },
  })
}

/** Deletes the clients that registered themselves and have no valid secret any more. */
export async function pruneRegistered(db: Transaction, by: string, now: EpochSeconds): Promise<void> {
  const isValid = { OR: [{ expires: null }, { expires: { gt: toDate(now) } }] }
  await db.oidcClient.deleteMany({ where: { lastModifiedBy: by, secrets: { none: isValid } } })
}

interface ClientRow {
  readonly id: string
  readonly description: string
  readonly notes: string | null
  readonly redirectUris: string[]
  readonly postLogoutUris: string[]
  readonly backchannelLogoutUri: string | null
  readonly isPublic: boolean
  readonly isOwnSite: boolean
  readonly requiredScope: string | null
  readonly requiredGroups: string[]
  readonly created: Date
  readonly lastModified: Date
  readonly lastModifiedBy: string
}

function toClient({ notes, backchannelLogoutUri, requiredScope, ...row }: ClientRow): OpenIdClient {
  return {
    ...row,
    ...(notes !== null && { notes }),
    ...(backchannelLogoutUri !== null && { backchannelLogoutUri }),
    ...(requiredScope !== null && { requiredScope: requiredScope as Scope }),
    created: fromDate(row.created),
    lastModified: fromDate(row.lastModified),
  }
}

function toRow({ notes, backchannelLogoutUri, requiredScope, ...client }: OpenIdClient): ClientRow {
  return {
    ...client,
    notes: notes ?? null,
    redirectUris: [...client.redirectUris],
    postLogoutUris: [...client.postLogoutUris],
    backchannelLogoutUri: backchannelLogoutUri ?? null,
    requiredScope: requiredScope ?? null,
    requiredGroups: [...client.requiredGroups],
    created: toDate(client.created),
    lastModified: toDate(client.lastModified),
  }
}
