import { hash } from 'node:crypto'
import type { TokenRecord } from './record.js'

/** Hashes an imported token as its source has it: two values with one hash say the same. */
export function fingerprintOf(record: TokenRecord, secretHash: Uint8Array): Buffer {
  const { type, username, scopes, created, expires, name, service, parent, pinned } = record
  const facts = [type, username, scopes, created, expires ?? null, name ?? null, service ?? null, parent ?? null]
  const text = JSON.stringify([...facts, pinned ?? null, Buffer.from(secretHash).toString('base64url')])
  return hash('sha256', text, 'buffer')
}
