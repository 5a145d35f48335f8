import type { Request } from 'express'

/**
 * Where a link to us says that its reader wants to go afterwards; not yet checked. In `rd`, or in the header in which nginx
 * says so when it sends somebody to sign in by itself (Gafaelfawr's rule: `rd` wins). Empty when nobody says.
 */
export function returnParameter({ query, headers }: Pick<Request, 'query' | 'headers'>): string {
  if (typeof query.rd === 'string' && query.rd !== '') return query.rd
  return String(headers['x-auth-request-redirect'] ?? '')
}
