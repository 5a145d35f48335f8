import type { EpochSeconds } from '../../core/time.js'
import { fromDate, type Postgres, type Transaction, toDate } from './client.js'

/** A lockdown of the site: no sign-ins but of emergency accounts, and no new tokens. */
export interface Lockdown {
  readonly since: EpochSeconds
  /** Why, in the operator's words; shown on the sign-in page. */
  readonly reason?: string
}

/**
 * Returns the lockdown, or undefined. It is read from PostgreSQL each time and cached nowhere: every process knows it with
 * the commit, whether or not Redis answers.
 */
export async function readLockdown({ pool }: Pick<Postgres, 'pool'>): Promise<Lockdown | undefined> {
  const { rows } = await pool.query<{ since: Date; reason: string | null }>('SELECT since, reason FROM lockdown')
  return rows[0] && toLockdown(rows[0])
}

/**
 * Returns whether the site is locked down, and does not let a lockdown begin until this transaction ends: a token that is
 * being created is committed before the lockdown is, or refused.
 */
export async function isLockedDown(db: Transaction): Promise<boolean> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock_shared(hashtextextended('lockdown', 0))`
  return (await db.lockdown.count()) > 0 || (await db.restoration.count({ where: { confirmed: null } })) > 0
}

/** Waits for the tokens that are being created, and keeps new ones from being created until this transaction ends. */
export async function holdCreations(db: Transaction): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('lockdown', 0))`
}

/** Begins a lockdown. Waits for the tokens that are being created. @returns the one before it */
export async function beginLockdown(db: Transaction, { since, reason }: Lockdown): Promise<Lockdown | undefined> {
  await holdCreations(db)
  const before = await db.lockdown.findFirst()
  const row = { since: before?.since ?? toDate(since), reason: reason ?? before?.reason ?? null }
  await db.lockdown.upsert({ where: { id: true }, create: row, update: row })
  return before ? toLockdown(before) : undefined
}

/** Ends the lockdown. @returns the lockdown that was ended */
export async function endLockdown(db: Transaction): Promise<Lockdown | undefined> {
  const before = await db.lockdown.findFirst()
  await db.lockdown.deleteMany()
  return before ? toLockdown(before) : undefined
}

function toLockdown({ since, reason }: { since: Date; reason: string | null }): Lockdown {
  return { since: fromDate(since), ...(reason !== null && { reason }) }
}
