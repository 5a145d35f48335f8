import type { IncomingHttpHeaders } from 'node:http'
import type { Request, Response } from 'express'
import { actorOf } from '../authn/actor.js'
import { noteForAudit } from '../authn/audit-refusals.js'
import { type AuthenticatedCaller, authenticateRequest } from '../authn/authenticate-request.js'
import { fromAuthorization } from '../authn/authorization-header.js'
import { errorBody, errorHeaders, ownChallengingSite, wrappedStatus } from '../authn/error-response.js'
import { Refusal } from '../core/access/refusal.js'
import { refuseOutside } from '../core/access/restriction.js'
import type { AuditObject } from '../core/audit/event.js'
import type { Actor } from '../core/token/history.js'
import { isDelegated, type TokenRecord } from '../core/token/record.js'
import {
  ADMIN_OIDC,
  ADMIN_PROGRAMS,
  ADMIN_TOKEN,
  isAdministrator,
  isClientAdministrator,
  isProgramAdministrator,
  type Scope,
  USER_TOKEN,
} from '../core/token/scope.js'
import { equalInConstantTime } from '../core/token/secret.js'
import { csrfMatches } from '../login/browser/csrf.js'
import type { Manager } from '../programs/manage.js'
import type { Context } from '../storage/context.js'
import type { LimitsCalls } from './call-limiter.js'
import { sendRefusal } from './error-body.js'

/** Gafaelfawr's name for the holder of the bootstrap token. */
const BOOTSTRAP = '<bootstrap>'

/** An authenticated caller of the API, and the actor for the history. */
export interface Caller {
  readonly username: string
  readonly scopes: readonly Scope[]
  readonly actor: Actor
  /** Absent for the bootstrap token, which belongs to no user. */
  readonly token?: TokenRecord
  /** False for delegated tokens, unless the site lets them change things. */
  readonly mayChange: boolean
}

/** The access rule of a route; the route may decide more. */
export interface Access {
  /** Only the session cookie is accepted. */
  readonly cookieOnly?: true
  /** The bootstrap token is accepted, too. */
  readonly bootstrap?: true
  /** The scope that the token must have. */
  readonly scope?: Scope
  /** The users who may stand in the path; checked once the path is valid. */
  readonly owner?: 'self' | 'self or administrator' | 'self or reader'
  /** A POST that only looks; every other method but GET changes something. */
  readonly readOnly?: true
  /** A route about the calling token and its owner: services ask there, from their own addresses, about a user's token. */
  readonly anywhere?: true
  /** Routes about programs: administrators, or the investigators of one, which the operation checks. */
  readonly programs?: 'administrator' | 'investigator' | 'principal investigator'
  /** A route about clients of the OpenID Connect server, for their administrators. */
  readonly clients?: true
}

/**
 * Authenticates and authorizes a caller; undefined after a refusal was sent.
 *
 * Attack: code in a notebook, or in a service, has a token of its user with `user:token`, and `admin:token` where the
 * user is an administrator. It would make itself a token that outlives both, widen another, or lift its quota. So a
 * delegated token changes nothing, on any route.
 *
 * Attack: a page of another site makes the browser send a request, and the browser adds the session cookie. A call by
 * cookie that changes something must therefore repeat the CSRF token, which only our own pages can read.
 */
export async function authorizeCaller(
  context: Context & LimitsCalls,
  request: Request,
  response: Response,
  access: Access,
): Promise<Caller | undefined> {
  if (access.bootstrap && isBootstrap(context, request)) {
    const actor = actorOf(request, 'api', BOOTSTRAP)
    noteForAudit(response, { actor })
    if (!(await context.calls.admit(BOOTSTRAP, response))) return undefined
    return { username: BOOTSTRAP, scopes: [ADMIN_TOKEN], actor, mayChange: true }
  }
  const headers: IncomingHttpHeaders = access.cookieOnly ? { cookie: request.headers.cookie } : request.headers
  const identified = await authenticateRequest(context, headers)
  if (identified instanceof Refusal) return void challenge(context, request, response, identified)
  const { token } = identified
  const actor = actorOf(request, 'api', token)
  noteForAudit(response, { actor })
  if (!(await context.calls.admit(token.key, response))) return undefined
  // The API is no service: a token that is bound to some changes nothing, and reads no other user's.
  const outside = access.anywhere ? undefined : refuseOutside(token.restriction, { address: request.ip })
  if (outside) return void sendRefusal(response, outside)
  if (identified.source === 'cookie' && !isCsrfSafe(context, request, identified)) {
    return void sendRefusal(response, new Refusal('invalid_csrf'))
  }
  if (access.scope !== undefined && !token.scopes.includes(access.scope)) {
    const message = `Token does not have required scope ${access.scope}`
    return void sendRefusal(response, new Refusal('permission_denied', message))
  }
  if (access.programs === 'administrator' && !isProgramAdministrator(token.scopes)) {
    const message = `Token has neither ${ADMIN_PROGRAMS} nor ${ADMIN_TOKEN}`
    return void sendRefusal(response, new Refusal('permission_denied', message))
  }
  if (access.clients && !isClientAdministrator(token.scopes)) {
    return void sendRefusal(
      response,
      new Refusal('permission_denied', `Token does not have required scope ${ADMIN_OIDC}`),
    )
  }
  const mayChange = !isDelegated(token) || context.settings.delegatedTokensCreate
  if (!mayChange && !access.readOnly && !isSafe(request)) {
    const message = `A token of type ${token.type} cannot change anything`
    return void sendRefusal(response, new Refusal('permission_denied', message))
  }
  return { username: token.username, scopes: token.scopes, actor, token, mayChange }
}

function isSafe({ method }: Request): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method)
}

function isBootstrap({ settings }: Context, { headers }: Request): boolean {
  const [, presented] = /^bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '') ?? []
  const { bootstrapToken } = settings
  return (
    presented !== undefined && bootstrapToken !== undefined && equalInConstantTime(presented, bootstrapToken.reveal())
  )
}

function isCsrfSafe(context: Context, request: Request, { token }: AuthenticatedCaller): boolean {
  if (isSafe(request)) return true
  return csrfMatches(context.keys, token.key, request.headers['x-csrf-token'])
}

function challenge({ settings }: Context, request: Request, response: Response, refusal: Refusal): void {
  noteForAudit(response, { code: refusal.code, ...presentedToken(request) })
  const headers = errorHeaders(refusal, { authType: 'bearer', site: ownChallengingSite(settings, request) })
  response.status(wrappedStatus(refusal)).set(headers as Record<string, string>)
  response.type('json').send(errorBody(refusal))
}

/** Names the token that was presented in vain: of a revoked one, the operator sees that a client still has it. */
function presentedToken({ headers }: Request): { readonly object?: AuditObject } {
  const credential = fromAuthorization(headers.authorization)
  if (credential === undefined || credential instanceof Refusal) return {}
  return { object: { type: 'token', id: credential.token.key } }
}

/** Checks whose tokens a caller may access (Gafaelfawr's rule, in its order). `self`: their own only, even for administrators. */
export function mayActOn(caller: Caller, username: string, { self = false } = {}): Refusal | undefined {
  const admin = isAdministrator(caller.scopes)
  if (caller.username !== username && (self || !admin)) {
    return new Refusal('permission_denied', `Cannot act on tokens for user ${username}`)
  }
  if (!admin && !caller.scopes.includes(USER_TOKEN)) {
    return new Refusal('permission_denied', `Missing required ${USER_TOKEN} scope`)
  }
  return undefined
}

/** Returns the caller as the manager of a program. */
export function managerOf({ username, scopes, actor, mayChange }: Caller): Manager {
  return { username, scopes, actor, mayChange }
}
