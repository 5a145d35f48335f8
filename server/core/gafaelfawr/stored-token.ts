import { isGroupName, isUsername } from '../people/identifiers.js'
import type { EpochSeconds } from '../time.js'
import { hasExpired } from '../token/lifetime.js'
import { type Group, isLasting, type Pinned, TOKEN_TYPES, type TokenRecord, type TokenType } from '../token/record.js'
import { isScope, type Scope, sortScopes } from '../token/scope.js'
import { Secret } from '../token/secret.js'
import { homeOf, isTokenKey, type TokenKey } from '../token/token.js'
import { decryptFernet, type FernetFault, type FernetKey } from './fernet.js'

/** A token of Gafaelfawr's Redis. Its name and its parent are in its database. */
export interface GafaelfawrToken {
  readonly record: TokenRecord
  readonly secret: Secret
}

/** Why a value of Gafaelfawr's Redis is no token that can be imported. */
export type StoredTokenFault =
  | FernetFault
  | 'key-form'
  | 'not-json'
  | 'malformed'
  | 'key-of-another'
  | 'unknown-type'
  | 'no-end'
  | 'ended'

/** The sentence of each fault, for reports. None quotes the value. */
// biome-ignore format: a table reads in columns
export const STORED_TOKEN_FAULTS: Readonly<Record<StoredTokenFault, string>> = {
  'truncated':      'is cut off, or not encrypted',
  'wrong-secret':   'was encrypted with another session secret, or changed since',
  'key-form':       'has a key that no token of Gafaelfawr has',
  'not-json':       'holds no JSON',
  'malformed':      'has a field that is missing or of another form',
  'key-of-another': 'is the value of another key',
  'unknown-type':   'has a type that is not known here',
  'no-end':         'never ends, which a token of its type must',
  'ended':          'has ended',
}

/** The longest that JavaScript's dates reach is far more; PostgreSQL's end before this. */
const LATEST = 253_402_300_799

/**
 * Reads the value of a key `token:<key>` of Gafaelfawr's Redis.
 *
 * @param scopesKept `granted` of the record: its scopes stay as they are, as Gafaelfawr freezes them, and do not follow groups
 */
export function readStoredToken(
  key: string,
  value: string,
  session: FernetKey,
  { now, scopesKept }: { readonly now: EpochSeconds; readonly scopesKept: boolean },
): GafaelfawrToken | StoredTokenFault {
  // Others would be looked for in Postern's Redis, or could not be presented.
  if (!isTokenKey(key) || homeOf(key) !== 'postgres') return 'key-form'
  const text = decryptFernet(session, value)
  if (typeof text === 'string') return text
  const stored = parseObject(text)
  if (!stored) return 'not-json'
  const token = tokenOf(stored, key)
  if (typeof token === 'string') return token
  const { record } = token
  if (hasExpired(record.expires, now)) return 'ended'
  return scopesKept ? { ...token, record: { ...record, granted: true } } : token
}

type Fields = Readonly<Record<string, unknown>>

function parseObject(text: Buffer): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(text.toString('utf8'))
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function tokenOf(stored: Fields, key: TokenKey): GafaelfawrToken | StoredTokenFault {
  const { token, token_type: type, username, service, created, expires } = stored
  if (!isObject(token) || typeof token.secret !== 'string' || !isTokenKey(token.secret)) return 'malformed'
  if (token.key !== key) return 'key-of-another'
  if (!isTokenType(type)) return 'unknown-type'
  const scopes = scopesOf(stored.scopes)
  const pinned = pinnedOf(stored)
  if (!scopes || !pinned || typeof username !== 'string' || !isUsername(username)) return 'malformed'
  if (!isInstant(created) || !(expires == null || isInstant(expires))) return 'malformed'
  if (!(service == null || isText(service))) return 'malformed'
  if (expires == null && !isLasting({ type })) return 'no-end'
  const record: TokenRecord = {
    key,
    type,
    username,
    scopes,
    created,
    ...(expires != null && { expires }),
    ...(service != null && { service }),
    ...(Object.keys(pinned).length > 0 && { pinned }),
  }
  return { record, secret: new Secret(token.secret) }
}

function isTokenType(type: unknown): type is TokenType {
  return TOKEN_TYPES.some((known) => known === type)
}

function isInstant(value: unknown): value is EpochSeconds {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LATEST
}

/** PostgreSQL stores no NUL. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0')
}

function scopesOf(value: unknown): readonly Scope[] | undefined {
  if (!Array.isArray(value)) return undefined
  const scopes = value.filter((each): each is Scope => typeof each === 'string' && isScope(each))
  return scopes.length === value.length ? sortScopes(scopes) : undefined
}

/** Reads what the token itself says of its owner, as sites with GitHub have it; undefined if a field has another form. */
function pinnedOf({ name, email, uid, gid, groups }: Fields): Pinned | undefined {
  const named = groupsOf(groups)
  const isWhole =
    [name, email].every((each) => each == null || each === '' || isText(each)) && [uid, gid].every(isIdOrNone)
  if (!isWhole || named === undefined) return undefined
  return {
    ...(isText(name) && { name }),
    ...(isText(email) && { email }),
    ...(typeof uid === 'number' && { uid }),
    ...(typeof gid === 'number' && { gid }),
    ...(named.length > 0 && { groups: named }),
  }
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
}

function isIdOrNone(value: unknown): boolean {
  return value == null || isId(value)
}

function groupsOf(value: unknown): readonly Group[] | undefined {
  if (value == null) return []
  if (!Array.isArray(value)) return undefined
  const groups = value.filter(isObject).flatMap(({ name, id }) => {
    return typeof name === 'string' && isGroupName(name) && isId(id) ? [{ name, id }] : []
  })
  return groups.length === value.length ? groups : undefined
}
