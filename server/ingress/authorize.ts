import type { IncomingMessage } from 'node:http'
import { actorOf } from '../authn/actor.js'
import { type AuthenticatedCaller, authenticateRequest } from '../authn/authenticate-request.js'
import { requestSource } from '../authn/request-source.js'
import { decideCorsPreflight } from '../core/access/cors-preflight.js'
import { isCrossSite } from '../core/access/cross-site.js'
import { decide } from '../core/access/decision.js'
import type { ParameterError } from '../core/access/fastapi-parameters.js'
import type { RateLimit } from '../core/access/rate-limit.js'
import { Refusal } from '../core/access/refusal.js'
import type { CompiledRequirement, Requirement } from '../core/access/requirement.js'
import { canParseUrl, parsedUrl } from '../core/can-parse-url.js'
import { endsAfterUse, MINIMUM_LIFETIME, type TokenEnds } from '../core/token/lifetime.js'
import type { Scope } from '../core/token/scope.js'
import type { Token } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { delegate } from '../tokens/delegate.js'
import type { OriginalRequest } from './original-request.js'
import { openProgramGate, type ProgramGate } from './program-gate.js'
import type { LimitsRate } from './rate-limiter.js'

/** The outcome of a check, independent of the proxy's protocol. */
export type CheckOutcome =
  | {
      readonly kind: 'admitted'
      readonly by: AuthenticatedCaller
      readonly delegated?: Token
      readonly limit?: RateLimit
      readonly ends?: TokenEnds
      /** The programs whose data it reads before they are public, and the file. */
      readonly reads?: { readonly programs: readonly string[]; readonly file: string }
    }
  /** The request passes without a user. `credentials`: whether credentials that are not ours are forwarded. */
  | { readonly kind: 'anonymous'; readonly credentials: boolean; readonly challenged: boolean }
  | {
      readonly kind: 'refused'
      readonly refusal: Refusal
      readonly by?: AuthenticatedCaller
      readonly limit?: RateLimit
      /** Required in addition to the location's own scopes. */
      readonly scope?: Scope
    }
  /** The location's requirement is invalid. */
  | { readonly kind: 'invalid'; readonly errors: readonly ParameterError[] }

interface RequestToAuthorize {
  readonly compiled: CompiledRequirement
  /** The request that the proxy asks about. */
  readonly original: OriginalRequest
  /** The proxy's own, with the credentials of the original. */
  readonly request: IncomingMessage
  /** The client's. */
  readonly address: string | undefined
}

/**
 * Authorizes a request, in Gafaelfawr's order: errors that need no credential; OPTIONS; authentication; the other errors;
 * authorization; the rate limit; delegation.
 */
export async function authorizeRequest(
  context: Context & LimitsRate,
  { compiled: { requirement, early, late }, original, request, address }: RequestToAuthorize,
): Promise<CheckOutcome> {
  const earlyErrors = [...early, ...original.missing.early]
  if (earlyErrors.length > 0) return { kind: 'invalid', errors: earlyErrors }
  if (original.method === 'OPTIONS') return authorizeOptions(context, requirement, original, request)

  const gate = await openProgramGate(context, requirement, original)
  if (gate instanceof Refusal) return { kind: 'refused', refusal: gate.withStatus(requirement.denyAs) }
  if ('type' in gate) return { kind: 'invalid', errors: [gate] }
  const allowCookies =
    requirement.allowCookies && !(requirement.sameOrigin && isFromOtherSite(context, original, request))
  const caller = await authenticateRequest(context, request.headers, { ...requirement, allowCookies })
  if (caller instanceof Refusal) return refuse(requirement, gate, caller)
  const lateErrors = [...late, ...original.missing.late, ...unreachableLifetime(context, requirement)]
  if (lateErrors.length > 0) return { kind: 'invalid', errors: lateErrors }

  const host = requirement.userDomain && hostOf(original)
  const location = { baseHost: context.settings.baseUrl.hostname, address, ...(host && { host }) }
  const refusal = decide(requirement, caller.token, location, context.clock())
  if (refusal) return refuse(requirement, gate, refusal, caller)
  const programs = await gate.exclusive?.judge(caller.token)
  if (programs instanceof Refusal) return refuse(requirement, gate, programs, caller)

  const limit = await context.limiter(caller.token, requirement.service)
  if (limit instanceof Refusal) return { kind: 'refused', refusal: limit, by: caller }
  const limited = limit && { limit }
  if (limit?.exceeded) {
    const message = `Rate limit (${limit.limit}/minute) exceeded`
    return { kind: 'refused', refusal: new Refusal('rate_limited', message), by: caller, ...limited }
  }

  const ends = endsAfterUse(caller.token, context.settings.tokenPolicy, context.clock())
  const reads = programs && gate.exclusive && { programs, file: gate.exclusive.file }
  const admitted = { kind: 'admitted', by: caller, ...limited, ...(ends && { ends }), ...(reads && { reads }) } as const
  if (!requirement.delegation) return admitted
  const delegated = await delegate(context, caller.token, requirement.delegation, {
    needed: requirement.minimumLifetime,
    actor: actorOf({ headers: request.headers, ip: address }, 'check', caller.token),
  })
  if (!(delegated instanceof Refusal)) return { ...admitted, delegated }
  if (delegated.code !== 'invalid_scopes') return { kind: 'refused', refusal: delegated, by: caller }
  const loc = ['query', 'delegate_scope'] as const
  return { kind: 'invalid', errors: [{ type: 'invalid_scopes', loc, msg: delegated.message }] }
}

/**
 * Refuses a request, or passes it as anonymous where authentication is optional. The challenge says that signing in gives
 * more; where all data are public, it does not.
 */
export function refuse(
  { optional, denyAs }: Requirement,
  gate: ProgramGate,
  refusal: Refusal,
  by?: AuthenticatedCaller,
): CheckOutcome {
  const lenient = gate.optional === 'true' || (gate.optional === 'strict' && refusal.code === 'no_authorization')
  if (lenient) return { kind: 'anonymous', credentials: true, challenged: optional !== 'false' }
  const isDenial = refusal.word === 'insufficient_scope'
  return {
    kind: 'refused',
    refusal: isDenial ? refusal.withStatus(denyAs) : refusal,
    ...(by && { by }),
    ...(gate.exclusive && { scope: gate.exclusive.scope }),
  }
}

/** Returns whether a page of another site made the browser send this. A service's own pages may have a host of their own. */
function isFromOtherSite(
  { settings }: Context,
  { method, url }: OriginalRequest,
  { headers }: IncomingMessage,
): boolean {
  const from = requestSource(method, headers)
  const service = url !== undefined && canParseUrl(url) ? new URL(url) : settings.baseUrl
  return isCrossSite(from, settings) && isCrossSite(from, { baseUrl: service, allowSubdomains: false })
}

function authorizeOptions(
  { settings }: Context,
  { allowOptions }: Requirement,
  { url }: OriginalRequest,
  { headers }: IncomingMessage,
): CheckOutcome {
  const requestMethod = headers['access-control-request-method']
  const options = {
    ...(headers.origin !== undefined && { origin: headers.origin }),
    ...(requestMethod !== undefined && { requestMethod: String(requestMethod) }),
    ...(url !== undefined && canParseUrl(url) && { query: new URL(url).searchParams }),
  }
  const decision = decideCorsPreflight(options, { ...settings, allowOptions })
  if (decision instanceof Refusal) return { kind: 'refused', refusal: decision }
  return { kind: 'anonymous', credentials: decision === 'preflight', challenged: false }
}

/** Rejects a lifetime that no token has: it is the operator's error, and would refuse every user. */
function unreachableLifetime({ settings }: Context, { minimumLifetime = 0 }: Requirement): ParameterError[] {
  const longest = settings.tokenLifetime - MINIMUM_LIFETIME
  if (minimumLifetime <= longest) return []
  const msg = `Requested lifetime ${minimumLifetime}s longer than maximum lifetime ${longest}s`
  return [{ type: 'invalid_minimum_lifetime', loc: ['query', 'minimum_lifetime'], msg }]
}

function hostOf({ url }: OriginalRequest): string | undefined {
  return url === undefined ? undefined : parsedUrl(url)?.hostname
}
