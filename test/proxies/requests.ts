import type { ClientRequest } from './traefik.js'

/** A request full of what must not get through, by whoever holds the token. */
export function forgedRequest(token: string, path = '/tap/sync?QUERY=x&scope=none'): ClientRequest {
  return {
    method: 'POST',
    path,
    headers: {
      authorization: [`Bearer ${token}`],
      cookie: [`theme=dark; postern=${token}`],
      'x-auth-request-user': ['root'],
      'x-auth-request-email': ['root@evil.example'],
      'x-auth-request-service': ['forged'],
      'x-auth-request-token': ['gt-forged.forged'],
      'x-auth-request-anonymous': ['forged'],
      'x-original-url': ['/tap/capabilities'],
      'x-forwarded-method': ['OPTIONS'],
      'x-forwarded-uri': ['/tap/capabilities'],
      forwarded: ['for=6.6.6.6'],
    },
  }
}

/** The same without a credential. */
export function nobodysRequest(path?: string): ClientRequest {
  const { headers, ...rest } = forgedRequest('', path)
  const { authorization: _authorization, cookie: _cookie, ...others } = headers
  return { ...rest, headers: others }
}

/** Headers that name another method than the request's own. */
export const OVERRIDES = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']
