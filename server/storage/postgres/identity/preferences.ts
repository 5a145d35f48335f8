import { isLanguage, type Preferences } from '../../../words/reader.js'
import type { Transaction } from '../client.js'

/** Returns how a user reads; undefined for a user who has not chosen. */
export async function findPreferences(db: Transaction, username: string): Promise<Preferences | undefined> {
  const row = await db.preference.findUnique({ where: { username } })
  if (!row) return undefined
  return {
    dates: row.dates === 'iso' ? 'iso' : 'language',
    ...(isLanguage(row.language) && { language: row.language }),
    ...(row.timeZone !== null && { timeZone: row.timeZone }),
  }
}

/** Stores how a user reads, in place of what was chosen before. */
export async function savePreferences(db: Transaction, username: string, chosen: Preferences): Promise<void> {
  const row = { language: chosen.language ?? null, dates: chosen.dates, timeZone: chosen.timeZone ?? null }
  await db.preference.upsert({ where: { username }, create: { username, ...row }, update: row })
}

/** Deletes how a user read. The name is free for another user afterwards. */
export async function deletePreferences(db: Transaction, username: string): Promise<void> {
  await db.preference.deleteMany({ where: { username } })
}
