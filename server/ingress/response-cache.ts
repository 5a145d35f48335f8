import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { type AuthenticatedCaller, CARRIERS } from '../authn/authenticate-request.js'
import type { AddressReader } from '../authn/client-address.js'
import { Refusal } from '../core/access/refusal.js'
import type { CompiledRequirement, Requirement } from '../core/access/requirement.js'
import type { EpochSeconds } from '../core/time.js'
import type { TokenKey } from '../core/token/token.js'
import type { CachedToken } from '../storage/cache/cached-token.js'
import type { Context } from '../storage/context.js'
import { verifyToken } from '../tokens/authenticate.js'
import { resolveUncached } from '../tokens/resolve.js'
import type { RecordsUsage } from '../tokens/usage-recorder.js'
import { cacheableUntil, isCacheable } from './cacheable.js'
import type { AuthRequest, ProxyProtocol } from './proxy-protocols.js'
import type { LimitsRate } from './rate-limiter.js'
import { type RawHeaders, readRawHeaders } from './raw-headers.js'
import { logOutcome } from './record-outcome.js'
import { admission, carried, type Of } from './response.js'
import { NO_FORWARDED_CREDENTIALS, stripCredentials } from './strip-credentials.js'

/** A location, as its proxy asks for it. */
interface CachedLocation {
  readonly protocol: ProxyProtocol
  readonly requirement: Requirement
}

/** Who is asking, as far as is remembered. */
interface CachedCredential {
  readonly source: AuthenticatedCaller['source']
  readonly token: CachedToken
}

/** What was answered when a token was admitted to a place. */
interface CachedResponse {
  readonly place: CachedLocation
  /** Names and values in turn, without what is left of the client's own credentials. */
  readonly headers: string[]
  /** From this instant on the check may come to something else. */
  readonly until: EpochSeconds
  /** The quota overrides that did not limit it. */
  readonly generation: number
  /** The token that was delegated: with its end the next one is due. */
  readonly delegatedToken?: TokenKey
}

/** More than the locations of any site. */
const MAX_LOCATIONS = 1000

/**
 * Answers that stand: an admission is worked out once for a token and a location, kept with the remembered token, and lost
 * with it. A check that finds one waits for nothing and builds nothing. Whatever is not exactly so is left to the whole
 * check, which comes to the same.
 */
export class ResponseCache {
  readonly #context: Context & RecordsUsage & LimitsRate
  readonly #addressOf: AddressReader
  readonly #resolve: ReturnType<typeof resolveUncached>
  /** By the whole address that the proxy asks at; there is one for each location. */
  readonly #locations = new Map<string, CachedLocation>()
  readonly #isLogging: boolean

  constructor(context: Context & RecordsUsage & LimitsRate, addressOf: AddressReader) {
    this.#context = context
    this.#addressOf = addressOf
    this.#resolve = resolveUncached(context)
    this.#isLogging = context.log.isLevelEnabled('debug')
  }

  /** Answers if it can; false: nothing has happened. */
  tryServe(request: IncomingMessage, response: ServerResponse): boolean {
    const place = this.#locations.get(request.url ?? '')
    if (!place || request.method !== 'GET') return false
    const asked = performance.now()
    const seen = readRawHeaders(request.rawHeaders)
    if (!seen || !isOrdinary(place.protocol, seen)) return false
    const now = this.#context.clock()
    const by = this.#authenticate(seen, place.requirement, now)
    const answer = by && this.#responseFor(by.token, place, now)
    if (!by || !answer) return false
    const { record } = by.token
    const address = this.#addressOf(request, seen.forwardedFor ?? '')
    this.#context.usage.record(record, now, address, seen.userAgent)
    if (this.#isLogging) this.#logAdmission({ source: by.source, token: record }, place, seen, address)
    response.writeHead(
      200,
      isAlone(seen) ? answer.headers : [...answer.headers, ...this.#forwardedCredentials(seen, place)],
    )
    response.end()
    const { counters: counts } = this.#context
    counts.checks.add('admitted', by.source)
    counts.checkSeconds.record((performance.now() - asked) / 1000)
    return true
  }

  /** Keeps what the whole check has come to, if that holds for the next one, too. */
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
    if (outcome.limit || !limiter.isUnlimited(token.record, requirement.service)) return
    if (outcome.delegated && !child) return
    const place = this.#locationOf(request.url ?? '', protocol, requirement)
    const answer: CachedResponse = {
      place,
      headers: flat({ ...admission(outcome, place, NO_FORWARDED_CREDENTIALS), 'Content-Length': 0 }),
      until: Math.min(
        cacheableUntil(token.record, requirement),
        child ? cacheableUntil(child.record, requirement) : Number.POSITIVE_INFINITY,
      ),
      generation: limiter.edition(),
      ...(child && { delegatedToken: child.record.key }),
    }
    const others = (token.attachments as readonly CachedResponse[]).filter((each) => each.place !== place)
    this.#context.tokenCache.attach(token, [answer, ...others])
  }

  #locationOf(url: string, protocol: ProxyProtocol, requirement: Requirement): CachedLocation {
    const known = this.#locations.get(url)
    if (known?.requirement === requirement) return known
    const place = { protocol, requirement }
    if (this.#locations.size >= MAX_LOCATIONS) this.#locations.clear()
    this.#locations.set(url, place)
    return place
  }

  /** The same as the whole check finds, in the same order; nothing when that takes more than memory. */
  #authenticate(seen: RawHeaders, { allowCookies }: Requirement, now: EpochSeconds): CachedCredential | undefined {
    for (const { isCookie, read } of CARRIERS) {
      if (isCookie && (!allowCookies || seen.cookie === undefined)) continue
      for (const carried of read(seen, this.#context.settings)) {
        if (carried === undefined) continue
        if (carried instanceof Refusal) return undefined
        const token = this.#resolve(carried.token.key)
        if (token === undefined) return undefined
        if (token !== 'unknown' && verifyToken(carried.token, token, now)) return { source: carried.source, token }
        if (!isCookie) return undefined
      }
    }
    return undefined
  }

  #responseFor(token: CachedToken, place: CachedLocation, now: EpochSeconds): CachedResponse | undefined {
    for (const answer of token.attachments as readonly CachedResponse[]) {
      if (answer.place !== place) continue
      const stands = now < answer.until && answer.generation === this.#context.limiter.edition()
      return stands && this.#isStored(answer.delegatedToken) ? answer : undefined
    }
    return undefined
  }

  #isStored(child: TokenKey | undefined): boolean {
    return child === undefined || this.#cached(child) !== undefined
  }

  #cached(key: TokenKey): CachedToken | undefined {
    const found = this.#resolve(key)
    return found === 'unknown' ? undefined : found
  }

  /** What of the client's own credentials may go on. */
  #forwardedCredentials(
    { authorization, cookie }: RawHeaders,
    { protocol, requirement }: CachedLocation,
  ): readonly string[] {
    const lines = { authorization: linesOf(authorization), cookie: linesOf(cookie) }
    const remainder = stripCredentials(lines, this.#context.settings.tokenCookies)
    return flat(carried(protocol, requirement.useAuthorization ? { ...remainder, authorization: [] } : remainder))
  }

  #logAdmission(
    by: AuthenticatedCaller,
    { requirement }: CachedLocation,
    { originalUrl }: RawHeaders,
    address: string | undefined,
  ): void {
    const original = { ...(originalUrl !== undefined && { url: originalUrl }), missing: { early: [], late: [] } }
    logOutcome(this.#context.log, { kind: 'admitted', by }, { requirement, original, address })
  }
}

/** Whether the header that the token came in is all that there is: then nothing of it goes on. */
function isAlone({ authorization, cookie }: RawHeaders): boolean {
  if (cookie === undefined) return true
  return authorization === undefined && !cookie.includes(';')
}

/** Whether a proxy has said what it must, of a request that is no OPTIONS. */
function isOrdinary(
  { statuses }: ProxyProtocol,
  { originalMethod, originalUrl, forwardedMethod }: RawHeaders,
): boolean {
  if (statuses === 'true') return forwardedMethod !== 'OPTIONS'
  return originalMethod !== undefined && originalMethod !== 'OPTIONS' && originalUrl !== undefined
}

const linesOf = (line: string | undefined): readonly string[] => (line === undefined ? [] : [line])

function flat(headers: OutgoingHttpHeaders): string[] {
  const words = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((each) => [name, String(each)]),
  )
  // A list that has grown has room for more.
  return words.slice()
}
