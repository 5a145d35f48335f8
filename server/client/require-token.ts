import type { IncomingMessage } from 'node:http'
import { type Middleware, NO_AUTHORIZATION, type Refusal, refuse } from './middleware.js'
import { PosternError } from './postern-error.js'
import { TokenCache, type TokenCacheOptions, type TokenSource } from './token-cache.js'
import type { TokenInfo } from './wire.js'

export interface TokenGuardOptions extends TokenCacheOptions {
  /** What challenges name, such as the host name of the site; `Postern` when not given. */
  readonly realm?: string
}

const INVALID: Refusal = { status: 401, type: 'invalid_token', msg: 'Token is not valid' }
const UNAVAILABLE: Refusal = { status: 503, type: 'unavailable', msg: 'Tokens cannot be checked at the moment' }

const tokens = new WeakMap<IncomingMessage, TokenInfo>()

/**
 * For services that clients reach without a proxy that checks: makes middleware that lets pass whoever sends a bearer
 * token with all the scopes. All that one guard makes shares one memory, see {@link TokenCacheOptions}; within `maxAge`
 * seconds a token that was revoked is refused. 401 and 403 come with RFC 6750's challenges; 503 when Postern does not
 * answer and what it said before is too old: nobody is let in on a guess.
 *
 * ```ts
 * const requireToken = tokenGuard(new PosternClient({ baseUrl: 'https://data.example.org' }))
 * app.get('/sync', requireToken('read:tap'), (request, response) => response.send(tokenOf(request).username))
 * ```
 */
export function tokenGuard(source: TokenSource, options: TokenGuardOptions = {}): (...scopes: string[]) => Middleware {
  const { realm = 'Postern', ...cacheOptions } = options
  const cache = new TokenCache(source, cacheOptions)
  return (...scopes) =>
    async function requireToken(request, response, next) {
      let checked: TokenInfo | Refusal
      try {
        checked = await check(cache, request.headers.authorization, scopes)
      } catch (error) {
        if (!(error instanceof PosternError)) return next(error)
        checked = UNAVAILABLE
      }
      if ('status' in checked) return refuse(response, checked, realm)
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
  if (!info) throw new Error('Nobody has checked this request: put what tokenGuard() makes before its handler.')
  return info
}

async function check(
  cache: TokenCache,
  header: string | undefined,
  scopes: readonly string[],
): Promise<TokenInfo | Refusal> {
  const [, scheme = '', token = ''] = /^(\S+)\s*(.*?)\s*$/.exec(header ?? '') ?? []
  if (scheme.toLowerCase() !== 'bearer') return NO_AUTHORIZATION
  // Not worth a question: whatever else a client puts there, a session of another system perhaps, is not for Postern to see.
  const info = /^gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/.test(token) ? await cache.find(token) : undefined
  if (!info) return INVALID
  if (scopes.every((scope) => info.scopes.includes(scope))) return info
  return { status: 403, type: 'insufficient_scope', msg: 'Token missing required scope', scopes }
}
