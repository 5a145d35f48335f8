import { hash } from 'node:crypto'
import { resemblesToken } from '../../pasted-token.js'
import { Secret } from '../secret.js'
import { hashSecret, type Token, type TokenKey } from '../token.js'

/*
 * Tokens that another system issued, of which only hashes could be imported. Such a text has no key in it, so its key is derived
 * from the hash: equal hashes have equal keys, in every process and at every import. The secret is the text, or what the other
 * system hashed it to, and is stored as every secret is.
 */

/** How the hashes were made: SHA-256 of the whole text, or JupyterHub's salted form. */
export const FOREIGN_ALGORITHMS = ['sha256', 'jupyterhub'] as const
export type ForeignAlgorithm = (typeof FOREIGN_ALGORITHMS)[number]

/** A token of another system, as it was presented. */
export interface ForeignToken extends Token {
  readonly algorithm: ForeignAlgorithm
}

/** Returns the token of a text in another form than ours; undefined where the site takes none. */
export type ReadForeign = (text: string) => ForeignToken | undefined

/** Reads none: for sites without such tokens, and for carriers that do not take them. */
export const NO_FOREIGN: ReadForeign = () => undefined

/**
 * A text that may be one: long enough not to be guessed, without the dots of a JWT and the colons of stored hashes.
 *
 * Attack: the holder of a stolen table of hashes presents a hash instead of a token.
 */
const FORM = /^[A-Za-z0-9_~+/=-]{16,128}$/

export function hasForeignForm(text: string): boolean {
  return FORM.test(text) && !resemblesToken(text)
}

export function isForeign(token: Token): token is ForeignToken {
  return 'algorithm' in token
}

/** Returns the token of a secret: of a text, or of what JupyterHub hashes it to. */
export function foreignToken(algorithm: ForeignAlgorithm, secret: string): ForeignToken {
  const hidden = new Secret(secret)
  return { algorithm, key: foreignKey(algorithm, hashSecret(hidden)), secret: hidden }
}

/**
 * Derives the key of a token from the SHA-256 of its secret. It reveals neither, and is of the tokens that live in PostgreSQL.
 *
 * Attack: a text is hashed in one way and looked up in the other. The algorithm is part of what is hashed.
 */
export function foreignKey(algorithm: ForeignAlgorithm, secretHash: Uint8Array): TokenKey {
  const label = Buffer.from(`postern foreign token ${algorithm}\n`)
  return hash('sha256', Buffer.concat([label, secretHash]), 'buffer')
    .subarray(0, 16)
    .toString('base64url') as TokenKey
}
