import type { Refusal } from '../../core/access/refusal.js'
import type { Token } from '../../core/token/token.js'

/** Where a token was found; Gafaelfawr's `token_source`. */
export type CredentialSource = 'cookie' | 'bearer' | 'token' | 'basic-username' | 'basic-password' | 'token-cookie'

/** A well-formed token that a request carries. */
export interface Credential {
  readonly source: CredentialSource
  readonly token: Token
}

/** What a carrier makes of what it is shown: a credential, a mistake to tell the client, or "not mine". */
export type CarrierResult = Credential | Refusal | undefined
