import type { Consent } from '../../../core/openid/consent.js'
import type { EpochSeconds } from '../../../core/time.js'
import { fromDate, type Postgres, type Transaction, toDate } from '../client.js'

/** A user and a client. */
export interface Pair {
  readonly username: string
  readonly clientId: string
}

/** A consent with the name of its client. */
export interface ListedConsent extends Consent {
  readonly clientId: string
  readonly client: string
}

/** Finds what a user has agreed to for a client, unless it was withdrawn. */
export async function findConsent(db: Transaction, pair: Pair): Promise<Consent | undefined> {
  const row = await db.oidcConsent.findUnique({ where: { username_clientId: { ...pair } } })
  return row && row.scopes.length > 0 ? toConsent(row) : undefined
}

/** Lists the consents of a user that are not withdrawn, by the names of their clients. */
export async function listConsents(db: Transaction, username: string): Promise<ListedConsent[]> {
  const rows = await db.oidcConsent.findMany({
    where: { username, scopes: { isEmpty: false } },
    include: { of: { select: { description: true } } },
    orderBy: [{ of: { description: 'asc' } }, { clientId: 'asc' }],
  })
  return rows.map(({ of, ...row }) => ({ ...toConsent(row), clientId: row.clientId, client: of.description }))
}

export async function putConsent(
  db: Transaction,
  { username, clientId }: Pair,
  { scopes, hosts, granted }: Consent,
): Promise<void> {
  const data = { scopes: [...scopes], hosts: [...hosts], granted: toDate(granted) }
  await db.oidcConsent.upsert({
    where: { username_clientId: { username, clientId } },
    create: { username, clientId, ...data },
    update: data,
  })
}

/** Withdraws a consent; false when there is none. Its row stays, so that what was given before is known as withdrawn. */
export async function endConsent(db: Transaction, pair: Pair, withdrawn: EpochSeconds): Promise<boolean> {
  const { count } = await db.oidcConsent.updateMany({
    where: { ...pair, scopes: { isEmpty: false } },
    data: { scopes: [], withdrawn: toDate(withdrawn) },
  })
  return count > 0
}

const WITHDRAWN = {
  name: 'find-withdrawn-consent',
  text: 'SELECT 1 FROM oidc_consent WHERE username = $1 AND client_id = $2 AND withdrawn >= $3',
}

/**
 * Returns whether what a client was given at an instant was withdrawn since. A prepared statement by hand, because each
 * request of a client waits for it.
 */
export async function wasWithdrawnSince(
  { pool, prepared }: Postgres,
  { username, clientId }: Pair,
  given: EpochSeconds,
): Promise<boolean> {
  const { rowCount } = await pool.query({ ...prepared(WITHDRAWN), values: [username, clientId, toDate(given)] })
  return rowCount !== 0
}

/** Deletes the consents of a user name: its next owner has agreed to nothing. */
export async function deleteConsents(db: Transaction, username: string): Promise<void> {
  await db.oidcConsent.deleteMany({ where: { username } })
}

function toConsent({ scopes, hosts, granted }: { scopes: string[]; hosts: string[]; granted: Date }): Consent {
  return { scopes, hosts, granted: fromDate(granted) }
}
