import { hkdfSync } from 'node:crypto'
import type { Secret } from '../core/token/secret.js'
import { SettingsError } from './load.js'

/** One key for each purpose: what leaks from one use is worth nothing in another. The first makes, all of them verify. */
export interface Keys {
  /** Ties a form to the session that it was served to. */
  readonly csrf: readonly [Uint8Array, ...Uint8Array[]]
  /** Derives delegated tokens. */
  readonly delegation: readonly [Uint8Array, ...Uint8Array[]]
  /** Seals the keys of tokens, so that one that was made up is known for it. */
  readonly tokenKeys: readonly [Uint8Array, ...Uint8Array[]]
  /** Authenticates the records of tokens in Redis. */
  readonly tokenRecords: readonly [Uint8Array, ...Uint8Array[]]
  /** Seals what a browser carries for us between two steps of signing in. */
  readonly cookies: readonly [Uint8Array, ...Uint8Array[]]
  /** Authenticates what the OpenID Connect server keeps in Redis. */
  readonly openIdRecords: readonly [Uint8Array, ...Uint8Array[]]
  /** Signs the cookies of its steps. */
  readonly openIdCookies: readonly [Uint8Array, ...Uint8Array[]]
  /** Seals its private key in the database. */
  readonly openIdKey: readonly [Uint8Array, ...Uint8Array[]]
  /** Authenticates the manifests of backups. */
  readonly backups: readonly [Uint8Array, ...Uint8Array[]]
}

/** Derives the keys from the master secrets by HKDF-SHA-256 (RFC 5869), labelled by purpose. */
export function deriveKeys(secrets: readonly Secret[]): Keys {
  const derive = (label: string) =>
    secrets.map((secret) => new Uint8Array(hkdfSync('sha256', secret.reveal(), '', `postern ${label}`, 32)))
  return {
    csrf: atLeastOne(derive('csrf')),
    delegation: atLeastOne(derive('delegation')),
    tokenKeys: atLeastOne(derive('token keys')),
    tokenRecords: atLeastOne(derive('token records')),
    cookies: atLeastOne(derive('cookies')),
    openIdRecords: atLeastOne(derive('openid records')),
    openIdCookies: atLeastOne(derive('openid cookies')),
    openIdKey: atLeastOne(derive('openid key')),
    backups: atLeastOne(derive('backups')),
  }
}

function atLeastOne<T>(list: T[]): [T, ...T[]] {
  const [first, ...rest] = list
  if (first === undefined) throw new SettingsError(['POSTERN_SECRET: there is no secret'])
  return [first, ...rest]
}
