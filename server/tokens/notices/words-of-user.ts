import type { Transaction } from '../../storage/postgres/client.js'
import { findPreferences } from '../../storage/postgres/identity/preferences.js'
import { DEFAULT_READER } from '../../words/reader.js'
import { type Words, wordsFor } from '../../words/words.js'

/** Returns the words for a letter to a user: in the language that the user chose, or in English. */
export async function wordsOfUser(db: Transaction, username: string): Promise<Words> {
  return wordsFor({ ...DEFAULT_READER, ...(await findPreferences(db, username)) })
}
