import type { TokenType } from '../../core/token-record.js'

/** What administrators call each type of token. */
export const TOKEN_KINDS: Readonly<Record<TokenType, string>> = {
  session: 'Web session',
  user: 'User token',
  notebook: 'Notebook token',
  internal: 'Internal token',
  service: 'Service token',
  oidc: 'OpenID Connect token',
}
