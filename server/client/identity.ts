import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Middleware, NO_AUTHORIZATION, refuse } from './middleware.js'

/** Who sent a request, in the words of the proxy that had Postern check it. */
export interface Identity {
  readonly username: string
  readonly email?: string
  /** The service that the caller's token was made for; only where it was. */
  readonly service?: string
  /** A token for this service to act with, where the proxy asks for one. Loggers and JSON do not see it. */
  readonly token?: string
}

/** A second value, or anything that is no user name at all. */
const USERNAME = /^[a-z0-9-]{1,64}$/

const identities = new WeakMap<IncomingMessage, Identity>()

/**
 * Middleware that lets pass whom the proxy names, in `X-Auth-Request-User`, `-Email`, `-Service` and `-Token`, and
 * answers 401 where it names nobody.
 *
 * **Safe only behind a proxy that overwrites these headers, all of them, in every request, and where nobody can reach the
 * service past it**: whoever can send them is whoever they like. Elsewhere use {@link tokenGuard}.
 *
 * ```ts
 * app.use(requireIdentity())
 * app.get('/', (request, response) => response.send(`Hello, ${identityOf(request).username}`))
 * ```
 */
export function requireIdentity({ realm = 'Postern' }: { readonly realm?: string } = {}): Middleware {
  return function requireIdentity(request, response, next) {
    const identity = read(request.headers)
    if (!identity) return refuse(response, NO_AUTHORIZATION, realm)
    identities.set(request, identity)
    next()
  }
}

/**
 * Who sent this request.
 *
 * ```ts
 * const { username, email } = identityOf(request)
 * ```
 *
 * @throws when {@link requireIdentity} did not let it pass
 */
export function identityOf(request: IncomingMessage): Identity {
  const identity = identities.get(request)
  if (!identity) throw new Error('Nobody has checked this request: put requireIdentity() before its handler.')
  return identity
}

/** A proxy that adds its header to the client's gives "mallory, ada", which is nobody. An empty header is none. */
function read(headers: IncomingHttpHeaders): Identity | undefined {
  const value = (name: string) => headers[`x-auth-request-${name}`]?.toString() || undefined
  const [username, email, service, token] = ['user', 'email', 'service', 'token'].map(value)
  if (username === undefined || !USERNAME.test(username)) return undefined
  const identity = { username, ...(email && { email }), ...(service && { service }) }
  return token ? Object.defineProperty(identity, 'token', { value: token }) : identity
}
