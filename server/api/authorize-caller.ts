import type { IncomingHttpHeaders } from 'node:http'
import type { Request, Response } from 'express'
import { type AuthenticatedCaller, authenticateRequest } from '../authn/authenticate-request.js'
import { errorBody, errorHeaders, wrappedStatus } from '../authn/error-response.js'
import { Refusal } from '../core/access/refusal.js'
import type { Actor } from '../core/token/history.js'
import type { TokenRecord } from '../core/token/record.js'
import {
  ADMIN_PROGRAMS,
  ADMIN_TOKEN,
  isAdministrator,
  isProgramAdministrator,
  type Scope,
  USER_TOKEN,
} from '../core/token/scope.js'
import { equalInConstantTime } from '../core/token/secret.js'
import { csrfMatches } from '../login/browser/csrf.js'
import type { Manager } from '../programs/manage.js'
import type { Context } from '../storage/context.js'
import { sendRefusal } from './error-body.js'

/** Gafaelfawr's name for whoever holds the bootstrap token. */
const BOOTSTRAP = '<bootstrap>'

/** Whoever calls the API, and how they will be named in the history. */
export interface Caller {
  readonly username: string
  readonly scopes: readonly Scope[]
  readonly actor: Actor
  /** Absent for the bootstrap token, which is nobody's. */
  readonly token?: TokenRecord
}

/** Who may call a route, besides what the route itself decides. */
export interface Access {
  /** The session cookie alone counts. */
  readonly cookieOnly?: true
  /** The bootstrap token counts, too. */
  readonly bootstrap?: true
  /** The token must have it. */
  readonly scope?: Scope
  /** Whose name may stand in the path; held to once the path is known to be in order. */
  readonly owner?: 'self' | 'self or administrator' | 'self or reader'
  /** Routes about programs: whoever looks after them all; or those of one, whom the operation itself knows. */
  readonly programs?: 'administrator' | 'investigator' | 'principal investigator'
}

/**
 * Who is calling; or the refusal has been sent. A browser sends its cookie with whatever another site makes it send, so a
 * call by cookie that changes something must repeat the word that only our own pages can read.
 */
export async function authorizeCaller(
  context: Context,
  request: Request,
  response: Response,
  access: Access,
): Promise<Caller | undefined> {
  const actorAt = (username: string) => ({ username, ...(request.ip && { address: request.ip }) })
  if (access.bootstrap && isBootstrap(context, request)) {
    return { username: BOOTSTRAP, scopes: [ADMIN_TOKEN], actor: actorAt(BOOTSTRAP) }
  }
  const headers: IncomingHttpHeaders = access.cookieOnly ? { cookie: request.headers.cookie } : request.headers
  const identified = await authenticateRequest(context, headers)
  if (identified instanceof Refusal) return void challenge(context, response, identified)
  if (identified.source === 'cookie' && !isCsrfSafe(context, request, identified)) {
    return void sendRefusal(response, new Refusal('invalid_csrf'))
  }
  const { token } = identified
  if (access.scope !== undefined && !token.scopes.includes(access.scope)) {
    const message = `Token does not have required scope ${access.scope}`
    return void sendRefusal(response, new Refusal('permission_denied', message))
  }
  if (access.programs === 'administrator' && !isProgramAdministrator(token.scopes)) {
    const message = `Token has neither ${ADMIN_PROGRAMS} nor ${ADMIN_TOKEN}`
    return void sendRefusal(response, new Refusal('permission_denied', message))
  }
  return { username: token.username, scopes: token.scopes, actor: actorAt(token.username), token }
}

function isBootstrap({ settings }: Context, { headers }: Request): boolean {
  const [, presented] = /^bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '') ?? []
  const { bootstrapToken } = settings
  return (
    presented !== undefined && bootstrapToken !== undefined && equalInConstantTime(presented, bootstrapToken.reveal())
  )
}

function isCsrfSafe(context: Context, request: Request, { token }: AuthenticatedCaller): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return true
  return csrfMatches(context.keys, token.key, request.headers['x-csrf-token'])
}

function challenge({ settings }: Context, response: Response, refusal: Refusal): void {
  const headers = errorHeaders(refusal, { authType: 'bearer', realm: settings.baseUrl.hostname })
  response.status(wrappedStatus(refusal)).set(headers as Record<string, string>)
  response.type('json').send(errorBody(refusal))
}

/** Whose tokens a caller may touch (Gafaelfawr's rule, in its order). `self`: their own and nobody else's, even for admins. */
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

/** Whoever calls, as one who looks after a program. */
export function managerOf({ username, scopes, actor, token }: Caller): Manager {
  return { username, scopes, actor, delegated: token?.parent !== undefined }
}
