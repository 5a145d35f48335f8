import type { IncomingMessage } from 'node:http'
import { type AuthenticatedCaller, authenticateRequest } from '../authn/authenticate-request.js'
import { decideCorsPreflight } from '../core/access/cors-preflight.js'
import { isCrossSite } from '../core/access/cross-site.js'
import { decide } from '../core/access/decision.js'
import type { ParameterError } from '../core/access/fastapi-parameters.js'
import type { RateLimit } from '../core/access/rate-limit.js'
import { Refusal } from '../core/access/refusal.js'
import type { CompiledRequirement, Requirement } from '../core/access/requirement.js'
import { endsAfterUse, MINIMUM_LIFETIME, type TokenEnds } from '../core/token/lifetime.js'
import type { Scope } from '../core/token/scope.js'
import type { Token } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { delegate } from '../tokens/delegate.js'
import type { OriginalRequest } from './original-request.js'
import { openProgramGate, type ProgramGate } from './program-gate.js'
import type { LimitsRate } from './rate-limiter.js'

/** What a check comes to, before it is put into any proxy's form. */
export type CheckOutcome =
  | {
      readonly kind: 'admitted'
      readonly by: AuthenticatedCaller
      readonly delegated?: Token
      readonly limit?: RateLimit
      readonly ends?: TokenEnds
    }
  /** Nobody in particular may pass. `credentials`: whether what is left of theirs may go on. */
  | { readonly kind: 'anonymous'; readonly credentials: boolean; readonly challenged: boolean }
  | {
      readonly kind: 'refused'
      readonly refusal: Refusal
      readonly by?: AuthenticatedCaller
      readonly limit?: RateLimit
      /** What was required besides the location's own scopes. */
      readonly scope?: Scope
    }
  /** The location is configured wrongly. */
  | { readonly kind: 'invalid'; readonly errors: readonly ParameterError[] }

interface RequestToAuthorize {
  readonly compiled: CompiledRequirement
  /** The request that the proxy asks about. */
  readonly original: OriginalRequest
  /** The proxy's own, with the credentials of the original. */
  readonly request: IncomingMessage
}

/**
 * The check, in Gafaelfawr's order: mistakes that need no credential; OPTIONS, which need none either; who is asking;
 * the other mistakes; whether they may; how often; and the token for the service.
 */
export async function authorizeRequest(
  context: Context & LimitsRate,
  { compiled: { requirement, early, late }, original, request }: RequestToAuthorize,
): Promise<CheckOutcome> {
  const wrong = [...early, ...original.missing.early]
  if (wrong.length > 0) return { kind: 'invalid', errors: wrong }
  if (original.method === 'OPTIONS') return examineOptions(context, requirement, request)

  const gate = await openProgramGate(context, requirement, original)
  if (gate instanceof Refusal) return { kind: 'refused', refusal: gate.withStatus(requirement.denyAs) }
  if ('type' in gate) return { kind: 'invalid', errors: [gate] }
  const allowCookies = requirement.allowCookies && !(requirement.sameOrigin && isForeign(context, original, request))
  const identified = await authenticateRequest(context, request.headers, { allowCookies })
  if (identified instanceof Refusal) return refuse(requirement, gate, identified)
  const wrongStill = [...late, ...original.missing.late, ...unreachableLifetime(context, requirement)]
  if (wrongStill.length > 0) return { kind: 'invalid', errors: wrongStill }

  const place = { baseHost: context.settings.baseUrl.hostname, ...hostOf(original) }
  const refusal =
    decide(requirement, identified.token, place, context.clock()) ?? (await gate.exclusive?.refuse(identified.token))
  if (refusal) return refuse(requirement, gate, refusal, identified)

  const limit = await context.limiter(identified.token, requirement.service)
  if (limit instanceof Refusal) return { kind: 'refused', refusal: limit, by: identified }
  const limited = limit && { limit }
  if (limit?.exceeded) {
    const message = `Rate limit (${limit.limit}/minute) exceeded`
    return { kind: 'refused', refusal: new Refusal('rate_limited', message), by: identified, ...limited }
  }

  const ends = endsAfterUse(identified.token, context.settings.tokenPolicy, context.clock())
  const admitted = { kind: 'admitted', by: identified, ...limited, ...(ends && { ends }) } as const
  if (!requirement.delegation) return admitted
  const delegated = await delegate(context, identified.token, requirement.delegation, requirement.minimumLifetime)
  if (!(delegated instanceof Refusal)) return { ...admitted, delegated }
  if (delegated.code !== 'invalid_scopes') return { kind: 'refused', refusal: delegated, by: identified }
  const loc = ['query', 'delegate_scope'] as const
  return { kind: 'invalid', errors: [{ type: 'invalid_scopes', loc, msg: delegated.message }] }
}

/**
 * Where authentication is optional, who cannot be let in as themselves is let in as nobody; with a challenge where there
 * is more to be had by signing in, which there is not where everything is public.
 */
function refuse(
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

/**
 * Whether a page of somebody else's makes a browser send this to the service. A page may well be the service's own, on a host
 * of its own that Postern asks for.
 */
function isForeign({ settings }: Context, { method, url }: OriginalRequest, { headers }: IncomingMessage): boolean {
  const { origin, upgrade } = headers
  const from = { method, fetchSite: headers['sec-fetch-site']?.toString(), origin, upgrade }
  const service = url !== undefined && URL.canParse(url) ? new URL(url) : settings.baseUrl
  return isCrossSite(from, settings) && isCrossSite(from, { baseUrl: service, allowSubdomains: false })
}

function examineOptions(
  { settings }: Context,
  { allowOptions }: Requirement,
  { headers }: IncomingMessage,
): CheckOutcome {
  const { baseUrl, allowSubdomains } = settings
  const requestMethod = headers['access-control-request-method']
  const options = {
    ...(headers.origin !== undefined && { origin: headers.origin }),
    ...(requestMethod !== undefined && { requestMethod: String(requestMethod) }),
  }
  const decision = decideCorsPreflight(options, { allowOptions, baseHost: baseUrl.hostname, allowSubdomains })
  if (decision instanceof Refusal) return { kind: 'refused', refusal: decision }
  return { kind: 'anonymous', credentials: decision === 'preflight', challenged: false }
}

/** No token lasts that long, so nobody could ever pass: better said once to the operator than to every user. */
function unreachableLifetime({ settings }: Context, { minimumLifetime: asked = 0 }: Requirement): ParameterError[] {
  const longest = settings.tokenLifetime - MINIMUM_LIFETIME
  if (asked <= longest) return []
  const msg = `Requested lifetime ${asked}s longer than maximum lifetime ${longest}s`
  return [{ type: 'invalid_minimum_lifetime', loc: ['query', 'minimum_lifetime'], msg }]
}

function hostOf({ url }: OriginalRequest): { host?: string } {
  return url !== undefined && URL.canParse(url) ? { host: new URL(url).hostname } : {}
}
