import type { Refusal } from '../../core/access/refusal.js'
import type { Token } from '../../core/token/token.js'

/** The place of a token in a request; Gafaelfawr's `token_source`. */
export type CredentialSource = 'cookie' | 'bearer' | 'token' | 'basic-username' | 'basic-password' | 'token-cookie'

/** A well-formed token that a request carries. */
export interface Credential {
  readonly source: CredentialSource
  readonly token: Token
}

/** A credential, an error to answer the client with, or undefined: "not mine". */
export type CarrierResult = Credential | Refusal | undefined
