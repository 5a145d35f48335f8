import { ownUrl } from '../core/site/base-path.js'
import type { Scope } from '../core/token/scope.js'

/** Returns the address of the form that creates a token, filled in: its user still reads and sends it. */
export function newTokenUrl(baseUrl: URL, scopes: readonly Scope[], name?: string): URL {
  const url = ownUrl(baseUrl, '/auth/tokens/new')
  for (const scope of scopes) url.searchParams.append('scope', scope)
  if (name !== undefined) url.searchParams.set('name', name)
  return url
}
