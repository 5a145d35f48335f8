import type { Request } from 'express'

/**
 * Reads the return URL of a sign-in link, not yet validated: from `rd`, or from the header that nginx sets when it redirects to
 * sign-in by itself (Gafaelfawr's rule: `rd` wins). Empty if neither is set.
 */
export function returnParameter({ query, headers }: Pick<Request, 'query' | 'headers'>): string {
  if (typeof query.rd === 'string' && query.rd !== '') return query.rd
  return String(headers['x-auth-request-redirect'] ?? '')
}
