import type { IncomingMessage } from 'node:http'
import { type ChallengingService, type Middleware, NO_AUTHORIZATION, type Refusal, refuse } from './middleware.js'
import { PosternError } from './postern-error.js'
import { TokenInfoCache, type TokenInfoCacheOptions, type TokenSource } from './token-info-cache.js'
import type { TokenInfo } from './wire.js'

export interface TokenGuardOptions extends TokenInfoCacheOptions, ChallengingService {}

const INVALID: Refusal = { status: 401, type: 'invalid_token', msg: 'Token is not valid' }
const UNAVAILABLE: Refusal = { status: 503, type: 'unavailable', msg: 'Tokens cannot be checked at the moment' }

const tokens = new WeakMap<IncomingMessage, TokenInfo>()

/**
 * Makes middleware for services that clients reach without a checking proxy. It admits requests with a bearer token that
 * has all the scopes. All middleware of one guard shares one cache, see {@link TokenInfoCacheOptions}; a revoked token is
 * refused within `maxAge` seconds. 401 and 403 carry RFC 6750's challenges; 503 means that Postern does not answer and
 * the cached answer is too old.
 *
 * ```ts
 * const requireToken = tokenGuard(new PosternClient({ baseUrl: 'https://data.example.org' }))
 * app.get('/sync', requireToken('read:tap'), (request, response) => response.send(tokenOf(request).username))
 * ```
 */
export function tokenGuard(source: TokenSource, options: TokenGuardOptions = {}): (...scopes: string[]) => Middleware {
  const cache = new TokenInfoCache(source, options)
  return (...scopes) =>
    async function requireToken(request, response, next) {
      let checked: TokenInfo | Refusal
      try {
        checked = await check(cache, request.headers.authorization, scopes)
      } catch (error) {
        if (!(error instanceof PosternError)) return next(error)
        checked = UNAVAILABLE
      }
      if ('status' in checked) return refuse(response, checked, options)
      tokens.set(request, checked)
      next()
    }
}

/**
 * The token that let this request in.
 *
 * ```ts
 * const { username, scopes } = tokenOf(request)
 * ```
 *
 * @throws when nothing that a {@link tokenGuard} made let it in
 */
export function tokenOf(request: IncomingMessage): TokenInfo {
  const info = tokens.get(request)
  if (!info) throw new Error('This request was not checked: put the middleware of tokenGuard() before its handler.')
  return info
}

async function check(
  cache: TokenInfoCache,
  header: string | undefined,
  scopes: readonly string[],
): Promise<TokenInfo | Refusal> {
  const [, scheme = '', token = ''] = /^(\S+)\s*(.*?)\s*$/.exec(header ?? '') ?? []
  if (scheme.toLowerCase() !== 'bearer') return NO_AUTHORIZATION
  // Not sent to Postern: another value, perhaps a session of another system, is not for Postern to see.
  const info = /^gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/.test(token) ? await cache.find(token) : undefined
  if (!info) return INVALID
  if (scopes.every((scope) => info.scopes.includes(scope))) return info
  return { status: 403, type: 'insufficient_scope', msg: 'Token missing required scope', scopes }
}
