import type { IncomingMessage } from 'node:http'
import { type AcceptedCookies, type AuthenticatedCaller, CARRIERS } from '../authn/authenticate-request.js'
import type { AddressReader } from '../authn/client-address.js'
import { Refusal } from '../core/access/refusal.js'
import type { CompiledRequirement, Requirement } from '../core/access/requirement.js'
import { isAtAddress } from '../core/access/restriction.js'
import type { EpochSeconds } from '../core/time.js'
import { isForeign } from '../core/token/foreign/foreign-token.js'
import type { TokenKey } from '../core/token/token.js'
import type { TokenAttachments } from '../storage/cache/attachments.js'
import type { CachedToken } from '../storage/cache/cached-token.js'
import type { Context } from '../storage/context.js'
import { verifyToken } from '../tokens/authenticate.js'
import { resolveFromCache } from '../tokens/resolve.js'
import type { RecordsUsage } from '../tokens/usage-recorder.js'
import { type Answer, headOf, keptHeadOf } from './answer.js'
import { CachedLocations } from './at-once/cached-locations.js'
import type { CachedLocation, QuickCheck } from './at-once/location.js'
import { RefusalsAtOnce, showsLocation } from './at-once/refusals-at-once.js'
import type { CheckOutcome } from './authorize.js'
import { cacheableUntil, isCacheable } from './cacheable.js'
import type { AuthRequest, ProxyProtocol } from './forward-auth-protocols.js'
import type { Edition, LimitsRate } from './rate-limiter.js'
import { type RawHeaders, readRawHeaders } from './raw-headers.js'
import { logOutcome } from './record-outcome.js'
import { RefusalLog } from './refusal-log.js'
import { admission, forwarded, type Of } from './response.js'
import { NO_FORWARDED_CREDENTIALS, stripCredentials } from './strip-credentials.js'

/** A credential whose token is cached. */
interface CachedCredential {
  readonly source: AuthenticatedCaller['source']
  readonly token: CachedToken
}

/**
 * The response to an admission of a token at a location; its head is without the forwarded credentials of the client. The tokens of
 * an owner share it where it is the same: how long it holds is each token's own affair.
 */
interface CachedResponse extends Answer {
  readonly location: CachedLocation
  /** The quota overrides that did not limit it. */
  readonly edition: Edition
  /** The delegated token: when it ends, the next one is due. */
  readonly delegatedToken: TokenKey | undefined
}

const INVALID_TOKEN = new Refusal('invalid_token')
const NO_AUTHORIZATION = new Refusal('no_authorization')

/** The carriers of a request that has no cookie, or whose cookies do not count. */
const WITHOUT_COOKIES = CARRIERS.filter(({ isCookie }) => !isCookie)

/** More than the locations of a site. */
export const MAX_LOCATIONS = 1000
/** Measured, of a response that no other token shares. */
const BYTES_PER_RESPONSE = 300

/**
 * Caches the responses to admissions, by token and location. They are attached to the cached token and evicted with it. A hit
 * waits for nothing and builds nothing; every other request goes through the whole check, with the same outcome.
 */
export class ResponseCache {
  readonly #context: Context & RecordsUsage & LimitsRate
  readonly #addressOf: AddressReader
  readonly #resolve: ReturnType<typeof resolveFromCache>
  readonly #responses: TokenAttachments<CachedResponse>
  /** By the URL of the auth subrequest, of which there is one for each location. */
  readonly #locations = new CachedLocations(MAX_LOCATIONS)
  readonly #refusals: RefusalsAtOnce
  readonly #isLogging: boolean

  constructor(
    context: Context & RecordsUsage & LimitsRate,
    addressOf: AddressReader,
    refusals = new RefusalLog(context),
  ) {
    this.#context = context
    this.#addressOf = addressOf
    this.#resolve = resolveFromCache(context)
    this.#responses = context.tokenCache.attachments({ bytesOf: () => BYTES_PER_RESPONSE, isSame: isSameResponse })
    this.#refusals = new RefusalsAtOnce(context, refusals)
    this.#isLogging = context.log.isLevelEnabled('debug') || context.audit.admissions
  }

  /** Reads a request as far as it may be answered at once; undefined if it is not for a cached location. */
  quickCheckOf(request: IncomingMessage): QuickCheck | undefined {
    const { method, url = '' } = request
    if (method !== 'GET' || !this.#locations.has(url)) return undefined
    const headers = readRawHeaders(request.rawHeaders)
    return headers && { url, headers, addressOf: (forwarded = '') => this.#addressOf(request, forwarded) }
  }

  /** Returns the answer to a check that needs no store, and counts it; undefined, without effect, for any other. */
  answer(check: QuickCheck): Answer | undefined {
    const location = this.#locations.get(check.url)
    if (!location || !isOrdinary(location.protocol, check.headers)) return undefined
    const started = performance.now()
    const now = this.#context.clock()
    const by = this.#authenticate(check.headers, location.requirement, now)
    if (!by) return undefined
    const cached = by instanceof Refusal ? undefined : this.#responseFor(by.token, location, now)
    const answer =
      cached && !(by instanceof Refusal)
        ? this.#admit(check, by, cached, now)
        : this.#refusals.answer(location, check, by instanceof Refusal ? by : callerOf(by), now)
    if (answer) this.#context.counters.checkSeconds.record((performance.now() - started) / 1000)
    return answer
  }

  #admit(
    { headers, addressOf }: QuickCheck,
    { source, token: { record } }: CachedCredential,
    cached: CachedResponse,
    now: EpochSeconds,
  ): Answer | undefined {
    const { location } = cached
    const address = addressOf(headers.forwardedFor)
    // Attack: a thief elsewhere gets the response that was cached for the owner.
    if (!isAtAddress(record.restriction, address)) return undefined
    this.#context.usage.record(record, now, address, headers.userAgent)
    if (this.#isLogging) this.#logAdmission({ source, token: record }, location, headers, address)
    this.#context.counters.checks.add('admitted', source)
    location.admitted.count++
    if (isAlone(headers)) return cached
    return { ...cached, head: cached.head + this.#forwardedCredentials(headers, location) }
  }

  /** Caches the outcome of a whole check, if it holds for the next one, too. */
  store(
    request: IncomingMessage,
    { protocol }: AuthRequest,
    { requirement }: CompiledRequirement,
    outcome: Of<'admitted'>,
  ) {
    const token = this.#cached(outcome.by.token.key)
    const child = outcome.delegated && this.#cached(outcome.delegated.key)
    const { limiter } = this.#context
    if (token?.record !== outcome.by.token || !isCacheable(requirement) || protocol.namesRemoved) return
    const edition = outcome.limit ? undefined : limiter.unlimitedBy(token.record, requirement.service)
    if (!edition) return
    if (outcome.delegated && !child) return
    const location = this.#locationOf(request.url ?? '', protocol, requirement)
    const cached: CachedResponse = {
      location,
      status: 200,
      head: keptHeadOf({ ...admission(outcome, location, NO_FORWARDED_CREDENTIALS), 'Content-Length': 0 }),
      body: '',
      edition,
      delegatedToken: child?.record.key,
    }
    const others = this.#responses.get(token).filter((each) => each.location !== location)
    this.#responses.set(token, [cached, ...others])
  }

  /** Caches the location of a refused check: the next ones there are refused without waiting. */
  learnLocation(
    request: IncomingMessage,
    { protocol }: AuthRequest,
    { requirement, early, late }: CompiledRequirement,
    outcome: CheckOutcome,
  ): void {
    if (protocol.states !== 'X-Original' || early.length + late.length > 0 || !isCacheable(requirement)) return
    if (showsLocation(outcome, requirement.minimumLifetime)) this.#locationOf(request.url ?? '', protocol, requirement)
  }

  #locationOf(url: string, protocol: ProxyProtocol, requirement: Requirement): CachedLocation {
    const cached = this.#locations.get(url)
    if (cached?.requirement === requirement) return cached
    const admitted = this.#context.counters.tallies.of(requirement.service, 'admitted')
    const location = { protocol, requirement, admitted, refusals: new Map(), isRecentlyUsed: false }
    this.#locations.set(url, location)
    return location
  }

  /**
   * Authenticates as the whole check does, in the same order.
   *
   * @returns undefined if that needs a store
   */
  #authenticate(
    headers: RawHeaders,
    accepted: AcceptedCookies,
    now: EpochSeconds,
  ): CachedCredential | Refusal | undefined {
    const carriers = accepted.allowCookies && headers.cookie !== undefined ? CARRIERS : WITHOUT_COOKIES
    for (const { isCookie, read } of carriers) {
      for (const credential of read(headers, this.#context, accepted)) {
        if (credential === undefined) continue
        if (credential instanceof Refusal) return credential
        const token = this.#resolve(credential.token.key)
        if (token === undefined) return undefined
        if (token !== 'unknown' && verifyToken(credential.token, token, now))
          return { source: credential.source, token }
        // One that is not complete yet, or a password that has its form: the whole check decides about those.
        if (isForeign(credential.token)) return undefined
        if (!isCookie) return INVALID_TOKEN
      }
    }
    return NO_AUTHORIZATION
  }

  #responseFor(token: CachedToken, location: CachedLocation, now: EpochSeconds): CachedResponse | undefined {
    for (const cached of this.#responses.get(token)) {
      if (cached.location !== location) continue
      const isValid =
        now < cacheableUntil(token.record, location.requirement) && this.#context.limiter.isInForce(cached.edition)
      return isValid && this.#isCached(cached.delegatedToken, location, now) ? cached : undefined
    }
    return undefined
  }

  #isCached(key: TokenKey | undefined, { requirement }: CachedLocation, now: EpochSeconds): boolean {
    if (key === undefined) return true
    const child = this.#cached(key)
    return child !== undefined && now < cacheableUntil(child.record, requirement)
  }

  #cached(key: TokenKey): CachedToken | undefined {
    const found = this.#resolve(key)
    return found === 'unknown' ? undefined : found
  }

  /** Returns the headers of the client's credentials that are forwarded. */
  #forwardedCredentials({ authorization, cookie }: RawHeaders, { protocol, requirement }: CachedLocation): string {
    const lines = { authorization: linesOf(authorization), cookie: linesOf(cookie) }
    const remainder = stripCredentials(lines, this.#context.settings)
    return headOf(forwarded(protocol, requirement.useAuthorization ? { ...remainder, authorization: [] } : remainder))
  }

  #logAdmission(
    by: AuthenticatedCaller,
    { requirement }: CachedLocation,
    { originalUrl }: RawHeaders,
    address: string | undefined,
  ): void {
    const original = { ...(originalUrl !== undefined && { url: originalUrl }), missing: { early: [], late: [] } }
    logOutcome(this.#context, { kind: 'admitted', by }, { requirement, original, address })
  }
}

function isSameResponse(one: CachedResponse, other: CachedResponse): boolean {
  return (
    one.location === other.location &&
    one.edition === other.edition &&
    one.delegatedToken === other.delegatedToken &&
    one.head === other.head
  )
}

function callerOf({ source, token: { record } }: CachedCredential): AuthenticatedCaller {
  return { source, token: record }
}

/** Returns whether the token is the only credential: then none is forwarded. */
function isAlone({ authorization, cookie }: RawHeaders): boolean {
  if (cookie === undefined) return true
  return authorization === undefined && !cookie.includes(';')
}

/** Returns whether the proxy sent the required headers, of a request that is not OPTIONS. */
function isOrdinary({ states }: ProxyProtocol, headers: RawHeaders): boolean {
  const { originalMethod, originalUrl, forwardedMethod, method, path } = headers
  if (states === 'X-Forwarded') return forwardedMethod !== 'OPTIONS'
  if (states === 'X-Original') return isOther(originalMethod) && originalUrl !== undefined
  return states === 'Path' && isOther(method) && path !== undefined
}

const isOther = (method: string | undefined) => method !== undefined && method !== 'OPTIONS'
const linesOf = (line: string | undefined): readonly string[] => (line === undefined ? [] : [line])
