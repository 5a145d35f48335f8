import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type ChallengingService, type Middleware, NO_AUTHORIZATION, refuse } from './middleware.js'

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
 * Makes middleware that reads the user from the proxy's headers `X-Auth-Request-User`, `-Email`, `-Service` and `-Token`,
 * and answers 401 without a user.
 *
 * **Safe only behind a proxy that overwrites all of these headers in every request, and where no client can bypass it.**
 * Attack: a client that reaches the service directly sends the headers of another user. Elsewhere use {@link tokenGuard}.
 *
 * ```ts
 * app.use(requireIdentity())
 * app.get('/', (request, response) => response.send(`Hello, ${identityOf(request).username}`))
 * ```
 */
export function requireIdentity(service: ChallengingService = {}): Middleware {
  return function requireIdentity(request, response, next) {
    const identity = read(request.headers)
    if (!identity) return refuse(response, NO_AUTHORIZATION, service)
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
  if (!identity) throw new Error('This request was not checked: put requireIdentity() before its handler.')
  return identity
}

/** Attack: a proxy that appends to the client's header gives "mallory, ada", which is no user. An empty header is none. */
function read(headers: IncomingHttpHeaders): Identity | undefined {
  const value = (name: string) => headers[`x-auth-request-${name}`]?.toString() || undefined
  const [username, email, service, token] = ['user', 'email', 'service', 'token'].map(value)
  if (username === undefined || !USERNAME.test(username)) return undefined
  const identity = { username, ...(email && { email }), ...(service && { service }) }
  return token ? Object.defineProperty(identity, 'token', { value: token }) : identity
}
