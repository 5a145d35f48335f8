import { createHmac, timingSafeEqual } from 'node:crypto'

/*
 * A record in Redis carries a MAC as its first member: {"mac":"<43 characters>", …}. It covers the token's key and the exact
 * text of the rest, so that no serialisation has to be repeated. It is inside the JSON, because the previous release reads
 * these records while both run.
 *
 * Attack: a writer of Redis stores a session of an administrator with a secret of their own, changes the scopes of a
 * session, or copies a record to another key.
 */

const WITH_MAC = /^\{"mac":"[\w-]{43}",/

/** Where the MAC begins and ends, and where the members of the record begin. */
const [MAC_START, MAC_END, MEMBERS_START] = [8, 51, 53]

/** Adds a MAC to a record, the text of a JSON object with members. */
export function withRecordMac(macKey: Uint8Array, key: string, record: string): string {
  return `{"mac":"${macOf(macKey, key, record).toString('base64url')}",${record.slice(1)}`
}

/** Returns the record without its MAC; undefined unless the MAC is of one of these keys: those of replaced secrets count. */
export function verifiedRecord(macKeys: readonly Uint8Array[], key: string, text: string): string | undefined {
  if (!WITH_MAC.test(text)) return undefined
  const given = Buffer.from(text.slice(MAC_START, MAC_END), 'base64url')
  const record = `{${text.slice(MEMBERS_START)}`
  return macKeys.some((macKey) => timingSafeEqual(macOf(macKey, key, record), given)) ? record : undefined
}

/** All keys under one MAC key have the same length, so that no two pairs of key and record are the same text. */
function macOf(macKey: Uint8Array, key: string, record: string): Buffer {
  return createHmac('sha256', macKey).update(key).update(record).digest()
}
