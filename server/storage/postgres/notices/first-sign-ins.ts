import type { EpochSeconds } from '../../../core/time.js'
import { type Transaction, toDate } from '../client.js'

/** Saves that a user has signed in; returns whether it is the first time. Of two sign-ins at once, one is the first. */
export async function saveFirstSignIn(db: Transaction, username: string, at: EpochSeconds): Promise<boolean> {
  const { count } = await db.firstSignIn.createMany({ data: { username, at: toDate(at) }, skipDuplicates: true })
  return count === 1
}
