import { hash } from 'node:crypto'
import type { EpochSeconds } from '../../../core/time.js'
import { verifiedRecord, withRecordMac } from '../../../core/token/record-mac.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Keys } from '../../../settings/keys.js'
import type { RedisClient } from '../client.js'
import { addToIndex, keysOfIndex } from '../token-index.js'
import { type Use, unmarkUsed } from '../used-once.js'

/*
 * What the OpenID Connect server keeps between two requests: codes, refresh tokens, grants, steps under way.
 *
 * postern:openid:{<hash>}        JSON with a MAC, gone when it expires
 * postern:openid-used:{<hash>}   marks it as used, likewise
 * postern:openid-grant:{<hash>}  sorted set of what a grant has given, by expiry
 * postern:openid-of:{<key>}      hash of the grant that gave an access token, gone when the token expires
 *
 * The hash is of the kind of record and its identifier. A code and a refresh token are their identifiers, so that a copy of
 * Redis has none of them.
 */
declare const brand: unique symbol

/** The hash that names a record; it presents nothing. */
export type RecordHash = string & { readonly [brand]: 'RecordHash' }

/** Redis, and the keys that authenticate these records. */
export interface RecordStore {
  readonly redis: RedisClient
  readonly keys: Pick<Keys, 'openIdRecords'>
}

/** A record as it was stored. */
export type Stored = Readonly<Record<string, unknown>>

const recordAt = (name: RecordHash) => `postern:openid:{${name}}`
const usedAt = (name: RecordHash) => `postern:openid-used:{${name}}`
const grantAt = (name: RecordHash) => `postern:openid-grant:{${name}}`
const grantOf = (key: TokenKey) => `postern:openid-of:{${key}}`

/** Names a record of a kind. No kind has a NUL in its name. */
export function recordHash(kind: string, id: string): RecordHash {
  return hash('sha256', `${kind}\0${id}`, 'base64url') as RecordHash
}

export async function putRecord(
  { redis, keys }: RecordStore,
  name: RecordHash,
  content: Stored,
  seconds: number,
): Promise<void> {
  const text = withRecordMac(keys.openIdRecords[0], name, JSON.stringify({ v: 1, ...content }))
  await redis.set(recordAt(name), text, 'EX', Math.max(1, Math.ceil(seconds)))
}

/** Finds a record; undefined too where it has no MAC of this site. */
export async function findRecord(
  { redis, keys }: RecordStore,
  name: RecordHash,
): Promise<{ readonly content: Stored; readonly isUsed: boolean } | undefined> {
  const [text, used] = await redis.mget(recordAt(name), usedAt(name))
  const record = text ? verifiedRecord(keys.openIdRecords, name, text) : undefined
  if (record === undefined) return undefined
  const { v: _version, ...content } = JSON.parse(record) as Stored
  return { content, isUsed: used !== null }
}

export async function deleteRecord({ redis }: RecordStore, name: RecordHash): Promise<void> {
  await redis.del(recordAt(name))
}

/* In one step: of two requests with one code, both of which have found it unused, one alone goes on. */
const USE = `
local left = redis.call('PTTL', KEYS[1])
if left < 0 then return 0 end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', left) then return 1 end
return redis.call('GET', KEYS[2]) == ARGV[1] and 1 or 0`

/**
 * Marks a record as used; false when it was used before, or is gone.
 *
 * @param by names the request, as in a {@link Use}
 */
export async function takeRecord({ redis }: RecordStore, name: RecordHash, by: string): Promise<boolean> {
  return (await redis.eval(USE, 2, recordAt(name), usedAt(name), by)) === 1
}

/** Undoes {@link takeRecord} if it was this request that has marked it. */
export async function unmarkRecord({ redis }: RecordStore, name: RecordHash, by: string): Promise<void> {
  await unmarkUsed(redis, { place: usedAt(name), by })
}

/** Something that a grant has given: a record, or a token by its key. */
export interface Given {
  readonly kind: string
  readonly name: string
}

/** Lists something under the grant that gave it, so that it can be taken back. */
export async function listUnderGrant(
  { redis }: RecordStore,
  grant: RecordHash,
  { kind, name }: Given,
  { created, expires }: { readonly created: EpochSeconds; readonly expires: EpochSeconds },
): Promise<void> {
  await addToIndex(redis, grantAt(grant), { key: `${kind} ${name}`, created, expires })
}

/** Returns what a grant has given and has not expired. */
export async function givenByGrant({ redis }: RecordStore, grant: RecordHash, now: EpochSeconds): Promise<Given[]> {
  const members = await keysOfIndex<string>(redis, grantAt(grant), now)
  return members.map((member) => {
    const [kind = '', name = ''] = member.split(' ')
    return { kind, name }
  })
}

/** Notes which grant gave an access token. */
export async function noteGrantOf(
  redis: RedisClient,
  key: TokenKey,
  grant: RecordHash,
  seconds: number,
): Promise<void> {
  await redis.set(grantOf(key), grant, 'EX', Math.max(1, Math.ceil(seconds)))
}

/**
 * Ends the grant that gave an access token, which was revoked.
 *
 * Attack: a user revokes the token of a client in their list, and the client gets another by its refresh token.
 */
export async function endGrantOf(redis: RedisClient, key: TokenKey): Promise<void> {
  const grant = await redis.get(grantOf(key))
  if (grant === null) return
  await redis.del(recordAt(grant as RecordHash))
  await redis.del(grantOf(key))
}
