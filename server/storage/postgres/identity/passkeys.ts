import type { Passkey } from '../../../core/people/passkey.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { fromDate, type Transaction, toDate } from '../client.js'

export async function findPasskey(db: Transaction, id: string): Promise<Passkey | undefined> {
  const row = await db.passkey.findUnique({ where: { id } })
  return row ? toPasskey(row) : undefined
}

export async function listPasskeys(db: Transaction, username: string): Promise<Passkey[]> {
  const rows = await db.passkey.findMany({ where: { username }, orderBy: [{ created: 'asc' }, { id: 'asc' }] })
  return rows.map(toPasskey)
}

export async function hasPasskey(db: Transaction, username: string): Promise<boolean> {
  return (await db.passkey.findFirst({ where: { username }, select: { id: true } })) !== null
}

/** Whether any account has a passkey, so that the sign-in page asks for one. */
export async function isPasskeyKnown(db: Transaction): Promise<boolean> {
  return (await db.passkey.findFirst({ select: { id: true } })) !== null
}

export async function insertPasskey({ db }: UnitOfWork, passkey: Passkey): Promise<void> {
  const { transports, created, lastUsed: _unused, ...rest } = passkey
  await db.passkey.create({ data: { ...rest, transports: [...transports], created: toDate(created) } })
}

/**
 * Records the use of a passkey; false if its counter went back since it was read, or the passkey is gone.
 *
 * Attack: a copy of the authenticator signs, too. Of the two, one has counted less than was seen already (WebAuthn §6.1.1).
 */
export async function recordPasskeyUse(
  { db }: UnitOfWork,
  id: string,
  counter: number,
  now: EpochSeconds,
): Promise<boolean> {
  const earlier = counter === 0 ? { equals: 0 } : { lt: counter }
  const { count } = await db.passkey.updateMany({
    where: { id, counter: earlier },
    data: { counter, lastUsed: toDate(now) },
  })
  return count > 0
}

/** Deletes passkeys of a user, all of them without an `id`; returns those that it deleted. */
export async function deletePasskeys({ db }: UnitOfWork, username: string, id?: string): Promise<Passkey[]> {
  const where = { username, ...(id !== undefined && { id }) }
  const rows = await db.passkey.findMany({ where })
  await db.passkey.deleteMany({ where })
  return rows.map(toPasskey)
}

interface PasskeyRow {
  readonly id: string
  readonly username: string
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly counter: bigint
  readonly transports: string[]
  readonly name: string
  readonly created: Date
  readonly lastUsed: Date | null
}

function toPasskey({ counter, created, lastUsed, ...row }: PasskeyRow): Passkey {
  return {
    ...row,
    counter: Number(counter),
    created: fromDate(created),
    ...(lastUsed && { lastUsed: fromDate(lastUsed) }),
  }
}
